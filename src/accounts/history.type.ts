import { Field, ID, ObjectType } from 'type-graphql';
import { PageInfo } from '../pagination/page-info.type.js';

@ObjectType({ simpleResolvers: true, description: 'Something that happened to an account.' })
export class AccountEvent {
  @Field(() => ID, { description: 'Id of the event.' })
  id!: string;

  @Field(() => Date, { description: 'When it happened.' })
  at!: Date;

  @Field(() => String, {
    description:
      '`connected`, `reconnected`, `kept` (a better token was kept), `merged`, `renewed`, `failed`, `expiring`, `expired`, `revoked`, `token_read`, `settings_changed` or `disconnected`.',
  })
  type!: string;

  @Field(() => String, {
    description:
      'Who did it: `admin:<key name>`, `service:<key name>`, `meta`, or `system` for the server and for a person without a key.',
  })
  actor!: string;

  @Field(() => String, { nullable: true, description: 'What else is worth knowing, in one sentence.' })
  detail!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'An event and its place in the history.' })
export class AccountEventEdge {
  @Field(() => String, { description: 'For `after`.' })
  cursor!: string;

  @Field(() => AccountEvent, { description: 'The event.' })
  node!: AccountEvent;
}

@ObjectType({ simpleResolvers: true, description: "A page of an account's history, newest first." })
export class AccountEventConnection {
  @Field(() => [AccountEventEdge], { description: 'The events of this page.' })
  edges!: AccountEventEdge[];

  @Field(() => PageInfo, { description: 'Where the page stands in the history.' })
  pageInfo!: PageInfo;
}
