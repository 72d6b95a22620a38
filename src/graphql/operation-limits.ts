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

/** Fields with which a document of many aliases would try many codes, or carry many tokens away, in one request. */
const ONCE_IN_A_DOCUMENT: readonly string[] = ['completeInstagramAuth', 'instagramAccessToken'];

/** What keeps one operation from asking for everything many times over. */
export const operationLimits: readonly ValidationRule[] = [
  maxAliasesRule({ n: MAXIMUM_ALIASES, ...refuse('The operation has too many aliases.') }),
  maxDepthRule({ n: MAXIMUM_DEPTH, ...refuse('The operation is nested too deeply.') }),
  refuseRepetition,
  refuseSubscriptions,
];

/** Counts them over all operations and fragments: a document that is used has no reason to hold two. */
function refuseRepetition(context: ValidationContext): ASTVisitor {
  const seen = new Set<string>();
  return {
    Field(node) {
      const name = node.name.value;
      if (!ONCE_IN_A_DOCUMENT.includes(name)) return;
      if (seen.has(name)) {
        const message = `The document may ask for ${name} only once.`;
        context.reportError(new GraphQLError(message, { nodes: node }));
      }
      seen.add(name);
    },
  };
}

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
