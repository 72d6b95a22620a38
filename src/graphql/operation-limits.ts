import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import {
  GraphQLError,
  OperationTypeNode,
  type ASTVisitor,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

const MAXIMUM_ALIASES = 15;
/** instagramAccounts → edges → node → connection → steps → problem → code, and some room. */
const MAXIMUM_DEPTH = 10;

/** What keeps one operation from asking for everything many times over. */
export const operationLimits: readonly ValidationRule[] = [
  maxAliasesRule({ n: MAXIMUM_ALIASES, ...refuse('The operation has too many aliases.') }),
  maxDepthRule({ n: MAXIMUM_DEPTH, ...refuse('The operation is nested too deeply.') }),
  refuseSubscriptions,
];

/** graphql-js takes one for valid, and fails to run it: that would look like a fault of ours. */
function refuseSubscriptions(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (node.operation !== OperationTypeNode.SUBSCRIPTION) return;
      context.reportError(new GraphQLError('The schema has no subscriptions.', { nodes: node }));
    },
  };
}

/** Reports what goes too far like any other mistake in an operation: by themselves, the rules fail with a 500. */
function refuse(message: string) {
  return {
    propagateOnRejection: false,
    onReject: [(context: ValidationContext | null) => context?.reportError(new GraphQLError(message))],
  };
}
