import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { metaApps, type MetaApp } from '../meta/limits.js';

const RenewalAppEnum = Object.fromEntries(metaApps.map((app) => [app.toUpperCase(), app])) as {
  [App in MetaApp as Uppercase<App>]: App;
};

registerEnumType(RenewalAppEnum, {
  name: 'RenewalApp',
  description: 'The app as one of the two Graph hosts knows it.',
  valuesConfig: {
    INSTAGRAM: { description: 'At graph.instagram.com, which renews long-lived and short-lived tokens.' },
    FACEBOOK: { description: 'At graph.facebook.com, which page tokens are for.' },
  },
});

export enum RenewalBreakerState {
  CLOSED = 'CLOSED',
  OPEN = 'OPEN',
  HALF_OPEN = 'HALF_OPEN',
}

registerEnumType(RenewalBreakerState, {
  name: 'RenewalBreakerState',
  description: "Whether an app's renewals pause because too many fail for a reason that is not their own.",
  valuesConfig: {
    CLOSED: { description: 'Renewals go on as planned.' },
    OPEN: { description: 'No renewal is tried before `retryAt`.' },
    HALF_OPEN: { description: 'One renewal is tried, to see whether Meta answers as it should.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'Something that Meta is not asked for a while.' })
export class RenewalLimit {
  @Field(() => String, {
    description: 'What it is about: `app:instagram`, `app:facebook`, `business:<id>` or `account:<id>`.',
  })
  scope!: string;

  @Field(() => Boolean, {
    description: 'Whether every renewal waits; else only those that nobody has asked for.',
  })
  blocksAll!: boolean;

  @Field(() => Date, { description: 'When it ends.' })
  until!: Date;

  @Field(() => String, { description: 'Why it is not asked.' })
  reason!: string;
}

@ObjectType({ simpleResolvers: true, description: "What pauses an app's renewals when too many fail." })
export class RenewalBreakerStatus {
  @Field(() => RenewalAppEnum, { description: 'The app.' })
  app!: MetaApp;

  @Field(() => RenewalBreakerState, { description: 'Whether its renewals pause.' })
  state!: RenewalBreakerState;

  @Field(() => Date, { nullable: true, description: 'Since when they pause; null while they go on.' })
  openedAt!: Date | null;

  @Field(() => Date, { nullable: true, description: 'When one is tried again; null while they go on.' })
  retryAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'How the renewal of tokens is doing.' })
export class RenewalStatus {
  @Field(() => [RenewalBreakerStatus], { description: 'The breaker of each app.' })
  breakers!: RenewalBreakerStatus[];

  @Field(() => [RenewalLimit], {
    description: "Meta's limits that stand now, the longest first; at most 100.",
  })
  limits!: RenewalLimit[];

  @Field(() => Int, { description: 'How many renewals are due and not made yet.' })
  dueCount!: number;

  @Field(() => Date, { nullable: true, description: 'Since when the oldest of them is due; null for none.' })
  oldestDueAt!: Date | null;
}
