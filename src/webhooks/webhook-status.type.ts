import { Field, Float, ObjectType } from 'type-graphql';

/** Counts are Floats in GraphQL: its Int ends at two billion. */
@ObjectType({
  simpleResolvers: true,
  description: 'How the events that Meta sends are doing, counted since the first one.',
})
export class WebhookStatus {
  @Field(() => Date, {
    nullable: true,
    description: 'When Meta last sent something; null when it never has.',
  })
  lastReceivedAt!: Date | null;

  @Field(() => Float, { description: 'Events that were stored.' })
  stored!: number;

  @Field(() => Float, { description: 'Those of them whose id no account had when they arrived.' })
  unknownAccounts!: number;

  @Field(() => Float, { description: 'Events that arrived again and were not stored again.' })
  repeated!: number;

  @Field(() => Float, { description: 'Parts of signed notifications that nobody could read.' })
  unreadable!: number;

  @Field(() => Float, {
    description:
      'Events that could not be forwarded before the end of `WEBHOOK_RETENTION`, and were removed.',
  })
  lost!: number;

  @Field(() => Boolean, { description: 'Whether events are forwarded (`EVENTS_URL`).' })
  forwards!: boolean;

  @Field(() => Float, { description: 'Events that are still to be forwarded.' })
  waiting!: number;

  @Field(() => Date, {
    nullable: true,
    description: 'When the oldest of those arrived; null when there is none.',
  })
  oldestWaitingAt!: Date | null;
}
