import { Field, ID, ObjectType } from 'type-graphql';
import { PageInfo } from '../pagination/page-info.type.js';

@ObjectType({
  simpleResolvers: true,
  description: 'Something that Meta sent: a comment, a message, a reaction …',
})
export class WebhookEvent {
  @Field(() => ID, {
    description:
      'The same for the same event, however often Meta sends it; forwarding has it as `Idempotency-Key`.',
  })
  id!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Whose it is; null when no account has the id that Meta names.',
  })
  accountId!: string | null;

  @Field(() => ID, {
    description: 'The id that Meta names: a professional account (`17841…`), or a Facebook Page.',
  })
  entryId!: string;

  @Field(() => String, { description: '`instagram` or `page`.' })
  object!: string;

  @Field(() => String, {
    description: '`comments`, `messages`, `message_reactions` … `unknown` where Meta named none.',
  })
  field!: string;

  @Field(() => Boolean, {
    description: 'Whether the account wrote it itself. Whoever answers such an event talks to himself.',
  })
  isEcho!: boolean;

  @Field(() => Date, { description: "When it happened, by Meta's clock." })
  occurredAt!: Date;

  @Field(() => Date, { description: 'When it first arrived here.' })
  receivedAt!: Date;

  @Field(() => String, {
    description:
      'What Meta says of it, as JSON. Ids that are too long for a JavaScript number are texts in it.',
  })
  payload!: string;
}

@ObjectType({ simpleResolvers: true, description: 'An event and its place in the list.' })
export class WebhookEventEdge {
  @Field(() => String, { description: 'For `after`.' })
  cursor!: string;

  @Field(() => WebhookEvent, { description: 'The event.' })
  node!: WebhookEvent;
}

@ObjectType({ simpleResolvers: true, description: 'A page of events, oldest first.' })
export class WebhookEventConnection {
  @Field(() => [WebhookEventEdge], { description: 'The events of this page.' })
  edges!: WebhookEventEdge[];

  @Field(() => PageInfo, {
    description:
      'Where the page stands. Keep the last `endCursor` that was not null: new events come after it.',
  })
  pageInfo!: PageInfo;
}
