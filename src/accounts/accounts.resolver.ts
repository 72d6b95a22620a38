import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { AppError } from '../errors.js';
import { fieldsBelow } from '../graphql-fields.js';
import { actorOf, type RequestContext } from '../request-context.js';
import { RenewalStatus } from '../tokens/renewal-status.type.js';
import { mapMaybePromise, type MaybePromise } from '../maybe-promise.js';
import { InstagramAccessToken } from './access-token.type.js';
import type { AccountFiguresService } from './account-figures.service.js';
import { InstagramAccountConnection } from './account-connection.type.js';
import {
  ExpiryForecastDay,
  InstagramAccountStats,
  TokenKindCount,
  TokenStateCount,
} from './account-stats.type.js';
import { InstagramAccountsArgs } from './accounts.args.js';
import type { AccountsService } from './accounts.service.js';
import { AccountEventConnection } from './history.type.js';
import { ConnectionReport, InstagramAccount } from './instagram-account.type.js';
import { InstagramAccountSettingsInput } from './settings.input.js';

const accountIdArgument = { description: 'The account.' };

@Resolver()
export class AccountsResolver {
  constructor(private readonly accounts: AccountsService) {}

  @Query(() => InstagramAccount, {
    nullable: true,
    description: 'One account; null when there is none of this id.',
  })
  instagramAccount(
    @Arg('accountId', () => ID, accountIdArgument) accountId: string,
  ): MaybePromise<InstagramAccount | null> {
    return this.accounts.find(accountId);
  }

  @Query(() => InstagramAccountConnection, { description: 'The connected accounts, a page at a time.' })
  instagramAccounts(
    @Args(() => InstagramAccountsArgs) { filter = null, ...list }: InstagramAccountsArgs,
    @Info() info: GraphQLResolveInfo,
  ): MaybePromise<InstagramAccountConnection> {
    return mapMaybePromise(
      this.accounts.list({ ...list, filter, fields: fieldsBelow(info) }),
      ({ edges, pageInfo }) => ({ edges, pageInfo, filter }),
    );
  }

  @Query(() => InstagramAccountStats, {
    description: 'Figures over all accounts, as of up to ten seconds ago.',
  })
  instagramAccountStats(): InstagramAccountStats {
    return {};
  }

  @Query(() => InstagramAccessToken, {
    description: "A working access token of the account, for Moca's services. Fails when there is none.",
  })
  instagramAccessToken(
    @Arg('accountId', () => ID, accountIdArgument) accountId: string,
    @Ctx() context: RequestContext,
  ): Promise<InstagramAccessToken> {
    return this.accounts.readToken(accountId, actorOf(context));
  }

  @Query(() => RenewalStatus, { description: 'How the renewal of all tokens is doing.' })
  renewalStatus(): Promise<RenewalStatus> {
    return this.accounts.renewalStatus();
  }

  @Mutation(() => InstagramAccount, { description: "Changes an account's settings." })
  updateInstagramAccountSettings(
    @Arg('accountId', () => ID, accountIdArgument) accountId: string,
    @Arg('settings', () => InstagramAccountSettingsInput, { description: 'What to change.' })
    settings: InstagramAccountSettingsInput,
    @Arg('expectedVersion', () => Int, {
      nullable: true,
      description: 'The version that you have seen: CONFLICT when somebody has changed the settings since.',
    })
    expectedVersion: number | null,
    @Ctx() context: RequestContext,
  ): Promise<InstagramAccount> {
    return this.accounts.updateSettings(accountId, settings, expectedVersion ?? null, actorOf(context));
  }

  @Mutation(() => InstagramAccount, {
    description:
      'Renews the token now: a long-lived one gets another 60 days, a short-lived one climbs the ladder again, a page token is probed.',
  })
  refreshInstagramToken(
    @Arg('accountId', () => ID, accountIdArgument) accountId: string,
    @Ctx() context: RequestContext,
  ): Promise<InstagramAccount> {
    return this.accounts.refresh(accountId, actorOf(context));
  }

  @Mutation(() => InstagramAccount, {
    description: 'Ends the connection, erases the token and tells Meta. Settings and history stay.',
  })
  disconnectInstagramAccount(
    @Arg('accountId', () => ID, accountIdArgument) accountId: string,
    @Ctx() context: RequestContext,
  ): Promise<InstagramAccount> {
    return this.accounts.disconnect(accountId, actorOf(context));
  }

  @Mutation(() => ID, { description: 'Removes the account and all that is stored about it; answers its id.' })
  async deleteInstagramAccount(
    @Arg('accountId', () => ID, accountIdArgument) accountId: string,
    @Ctx() context: RequestContext,
  ): Promise<string> {
    await this.accounts.delete(accountId, actorOf(context));
    return accountId;
  }
}

@Resolver(() => InstagramAccount)
export class InstagramAccountFieldsResolver {
  /** One loader a request: the reports of all accounts of a page are one read. */
  readonly #loaders = new WeakMap<RequestContext, DataLoader<string, ConnectionReport>>();

  constructor(private readonly accounts: AccountsService) {}

  @FieldResolver(() => ConnectionReport, { description: 'How the present token was obtained, step by step.' })
  connection(
    @Root() account: InstagramAccount,
    @Ctx() context: RequestContext,
  ): ConnectionReport | Promise<ConnectionReport> {
    const report = account.readReport?.() ?? null;
    if (report !== null) return report;
    let loader = this.#loaders.get(context);
    if (loader === undefined) {
      loader = new DataLoader<string, ConnectionReport>(async (accountIds) => {
        const reports = await this.accounts.connectionReports(accountIds);
        return accountIds.map((id) => reports.get(id) ?? deleted());
      });
      this.#loaders.set(context, loader);
    }
    return loader.load(account.accountId);
  }

  @FieldResolver(() => AccountEventConnection, { description: 'What happened to the account, newest first.' })
  history(
    @Root() { accountId }: InstagramAccount,
    @Arg('first', () => Int, { nullable: true, description: 'How many: 1 to 100. 20 when nothing is said.' })
    first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'Cursor: only what comes after it.' })
    after: string | null,
  ): Promise<AccountEventConnection> {
    return this.accounts.history(accountId, { first, after });
  }
}

@Resolver(() => InstagramAccountConnection)
export class InstagramAccountConnectionResolver {
  constructor(private readonly accounts: AccountsService) {}

  @FieldResolver(() => Int, { description: 'How many accounts match. Counted only when it is asked for.' })
  totalCount(@Root() { filter }: InstagramAccountConnection): Promise<number> {
    return this.accounts.count(filter);
  }
}

@Resolver(() => InstagramAccountStats)
export class InstagramAccountStatsResolver {
  constructor(private readonly figures: AccountFiguresService) {}

  @FieldResolver(() => Int, { description: 'How many accounts there are.' })
  total(): Promise<number> {
    return this.figures.total();
  }

  @FieldResolver(() => [TokenStateCount], {
    description: 'How many are in each state; every state is listed.',
  })
  byState(): Promise<TokenStateCount[]> {
    return this.figures.byState();
  }

  @FieldResolver(() => [TokenKindCount], {
    description: 'How many have each kind of token; every kind is listed.',
  })
  byKind(): Promise<TokenKindCount[]> {
    return this.figures.byKind();
  }

  @FieldResolver(() => [ExpiryForecastDay], {
    description: 'How many valid tokens expire on each of the coming days (UTC), today first.',
  })
  expiryForecast(
    @Arg('days', () => Int, { defaultValue: 60, description: 'How many days: 1 to 366.' }) days: number,
  ): Promise<ExpiryForecastDay[]> {
    return this.figures.expiryForecast(days);
  }
}

/** Between the list and its reports, somebody removed the account. */
function deleted(): AppError {
  return new AppError('NOT_FOUND', 'The account has just been deleted.');
}
