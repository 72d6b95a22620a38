import { Field, ObjectType } from 'type-graphql';

/** @see https://relay.dev/graphql/connections.htm#sec-undefined.PageInfo */
@ObjectType({ simpleResolvers: true, description: 'Where a page of a list stands in the whole list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is something after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there is something before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first edge; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last edge; null on an empty page.' })
  endCursor!: string | null;
}
