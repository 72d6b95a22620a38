import { ArgsType, Field, Int } from 'type-graphql';
import { InstagramAccountFilter, InstagramAccountOrder } from './account-filter.input.js';

@ArgsType()
export class InstagramAccountsArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'How many, from the start: 1 to 100. 20 when nothing is said.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Cursor: only what comes after it.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many, from the end: 1 to 100. Not together with `first`.',
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Cursor: only what comes before it.' })
  before?: string | null;

  @Field(() => InstagramAccountFilter, {
    nullable: true,
    description: 'Which accounts; all when nothing is said.',
  })
  filter?: InstagramAccountFilter | null;

  @Field(() => InstagramAccountOrder, {
    defaultValue: InstagramAccountOrder.NEWEST_FIRST,
    description: 'In which order. A cursor belongs to the order that it was read in.',
  })
  orderBy!: InstagramAccountOrder;
}
