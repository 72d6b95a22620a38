import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { LoginFlow } from '../login-flow.js';
import { LoginFlowEnum } from '../login-flow.type.js';
import { PageInfo } from '../pagination/page-info.type.js';
import { ConnectionStep } from '../tokens/connection-step.type.js';
import { TokenProblem } from '../tokens/token-problem.type.js';

export const AttemptOutcome = { OPEN: 'OPEN', SAVED: 'SAVED', FAILED: 'FAILED' } as const;

export type AttemptOutcome = keyof typeof AttemptOutcome;

registerEnumType(AttemptOutcome, {
  name: 'AttemptOutcome',
  description: 'What became of an attempt to connect.',
  valuesConfig: {
    OPEN: { description: 'It is being made, or will be taken up again.' },
    SAVED: { description: 'The account was connected.' },
    FAILED: { description: 'It failed for good.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'An attempt to connect an account: one authorization code.',
})
export class ConnectionAttempt {
  @Field(() => ID, { description: 'Id of the attempt; the log names it too.' })
  id!: string;

  @Field(() => Date, { description: 'When it began.' })
  at!: Date;

  @Field(() => LoginFlowEnum, { description: 'The flow by which the person tried.' })
  flow!: LoginFlow;

  @Field(() => AttemptOutcome, { description: 'What became of it.' })
  outcome!: AttemptOutcome;

  @Field(() => ID, {
    nullable: true,
    description: 'The account, once it is saved; null when it was deleted since.',
  })
  accountId!: string | null;

  @Field(() => [ConnectionStep], { description: 'What happened at each step.' })
  steps!: ConnectionStep[];

  @Field(() => TokenProblem, { nullable: true, description: 'Why it failed, or why it was put off.' })
  problem!: TokenProblem | null;
}

@ObjectType({ simpleResolvers: true, description: 'An attempt and its place in the list.' })
export class ConnectionAttemptEdge {
  @Field(() => String, { description: 'For `after`.' })
  cursor!: string;

  @Field(() => ConnectionAttempt, { description: 'The attempt.' })
  node!: ConnectionAttempt;
}

@ObjectType({ simpleResolvers: true, description: 'A page of attempts, newest first.' })
export class ConnectionAttemptConnection {
  @Field(() => [ConnectionAttemptEdge], { description: 'The attempts of this page.' })
  edges!: ConnectionAttemptEdge[];

  @Field(() => PageInfo, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfo;
}
