import { Field, ObjectType } from 'type-graphql';
import { PageInfo } from '../pagination/page-info.type.js';
import type { InstagramAccountFilter } from './account-filter.input.js';
import { InstagramAccount } from './instagram-account.type.js';

@ObjectType({ simpleResolvers: true, description: 'An account and its place in the list.' })
export class InstagramAccountEdge {
  @Field(() => String, { description: 'For `after` and `before`, in the same order.' })
  cursor!: string;

  @Field(() => InstagramAccount, { description: 'The account.' })
  node!: InstagramAccount;
}

@ObjectType({ simpleResolvers: true, description: 'A page of a list of accounts.' })
export class InstagramAccountConnection {
  @Field(() => [InstagramAccountEdge], { description: 'The accounts of this page.' })
  edges!: InstagramAccountEdge[];

  @Field(() => PageInfo, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfo;

  /** For `totalCount`, which is counted only when it is asked for. */
  readonly filter!: InstagramAccountFilter | null;
}
