import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { stepOutcomes, type StepOutcome } from './ladder/step-report.js';
import { TokenProblem } from './token-problem.type.js';

const StepOutcomeEnum = Object.fromEntries(stepOutcomes.map((outcome) => [outcome, outcome])) as {
  [Outcome in StepOutcome]: Outcome;
};

registerEnumType(StepOutcomeEnum, {
  name: 'StepOutcome',
  description: 'How a step went.',
  valuesConfig: {
    OK: { description: 'It worked.' },
    FAILED: {
      description: 'It did not; `problem` says why, and the ladder went on without it where it could.',
    },
    SKIPPED: { description: 'It was not needed, or not possible after an earlier step failed.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'One step on the way to a token.' })
export class ConnectionStep {
  @Field(() => String, {
    description: '`code_exchange`, `fb_exchange_token`, `page_token`, `ig_exchange_token` or `profile`.',
  })
  step!: string;

  @Field(() => StepOutcomeEnum, { description: 'How it went.' })
  outcome!: StepOutcome;

  @Field(() => TokenProblem, {
    nullable: true,
    description: 'Why it failed, or what is to be said about it.',
  })
  problem!: TokenProblem | null;

  @Field(() => String, { nullable: true, description: 'How to mend it, where something is to be mended.' })
  hint!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What else is worth knowing, such as other linked accounts.',
  })
  detail!: string | null;

  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  durationMs!: number;
}
