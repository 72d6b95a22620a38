import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'The last refusal that concerns a token or a step.' })
export class TokenProblem {
  @Field(() => String, {
    description: 'One of the error codes of this API, or `kept_better_token`. Stable; meant for programs.',
  })
  code!: string;

  @Field(() => String, { description: 'What happened, in one sentence.' })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description: 'What a person can do about it, in one plain sentence.',
  })
  userAction!: string | null;

  @Field(() => Int, { nullable: true, description: "Meta's error code." })
  metaCode!: number | null;

  @Field(() => Int, { nullable: true, description: "Meta's error subcode." })
  metaSubcode!: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Meta's trace id of the refused call, for its support.",
  })
  fbtraceId!: string | null;

  @Field(() => Date, { description: 'When it happened.' })
  at!: Date;
}
