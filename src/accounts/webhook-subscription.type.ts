import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { Time } from '../time.js';
import { TokenProblem } from '../tokens/token-problem.type.js';
import { WebhookSubscriptionState } from './webhook-subscription.js';

registerEnumType(WebhookSubscriptionState, {
  name: 'WebhookSubscriptionState',
  description: 'What can be said of the subscription to an account.',
  valuesConfig: {
    SUBSCRIBED: { description: 'Meta has confirmed it. It is made again every day, in case Meta ended it.' },
    PENDING: { description: 'It is about to be made.' },
    FAILED: { description: 'Meta refused it; it is tried again at `nextCheckAt`.' },
    NONE: {
      description: 'There is none: the token is no longer valid, or Meta has not told the id that it needs.',
    },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'Whether Meta sends what happens at an account. A failure never harms the connection.',
})
export class WebhookSubscription {
  @Field(() => WebhookSubscriptionState, { description: 'What can be said of it now.' })
  state!: WebhookSubscriptionState;

  @Field(() => Date, { nullable: true, description: 'Since when it stands; null when it does not.' })
  since!: Time | null;

  @Field(() => Date, {
    nullable: true,
    description: 'When it is made, or made again, next; null when nothing is planned.',
  })
  nextCheckAt!: Time | null;

  @Field(() => TokenProblem, {
    nullable: true,
    description: 'The last refusal that still stands; null when all is well.',
  })
  problem!: TokenProblem | null;
}
