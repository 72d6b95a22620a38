import { Arg, ID, Int, Query, Resolver } from 'type-graphql';
import type { PageArguments } from '../pagination/page-request.js';
import type { Page } from '../pagination/to-page.js';
import { WebhookEventConnection, type WebhookEvent } from './webhook-event.type.js';
import { WebhookStatus } from './webhook-status.type.js';

/** What the resolver needs to know of the rest. */
export interface WebhooksResolverOptions {
  /** @throws AppError BAD_USER_INPUT */
  readonly listEvents: (accountId: string | null, page: PageArguments) => Promise<Page<WebhookEvent>>;
  readonly status: () => Promise<WebhookStatus>;
}

@Resolver()
export class WebhooksResolver {
  constructor(private readonly options: WebhooksResolverOptions) {}

  @Query(() => WebhookEventConnection, {
    description:
      'What Meta sent, oldest first, for as long as it is kept. Read on with the last `endCursor`: every event comes once.',
  })
  webhookEvents(
    @Arg('accountId', () => ID, {
      nullable: true,
      description: 'Only of this account; else of all, those that belong to no account included.',
    })
    accountId: string | null,
    @Arg('after', () => String, { nullable: true, description: 'Cursor: only what comes after it.' })
    after: string | null,
    @Arg('first', () => Int, { nullable: true, description: 'How many: 1 to 100. 20 when nothing is said.' })
    first: number | null,
  ): Promise<WebhookEventConnection> {
    return this.options.listEvents(accountId ?? null, { first, after });
  }

  @Query(() => WebhookStatus, { description: 'How the events that Meta sends are doing.' })
  webhookStatus(): Promise<WebhookStatus> {
    return this.options.status();
  }
}
