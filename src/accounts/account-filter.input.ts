import { Field, InputType, registerEnumType } from 'type-graphql';
import type { TokenKind } from '../tokens/token-kind.js';
import type { TokenState } from '../tokens/token-state.js';
import { TokenKindEnum, TokenStateEnum } from '../tokens/token-status.type.js';

@InputType({ description: 'Which accounts to list. Conditions that are given must all hold.' })
export class InstagramAccountFilter {
  @Field(() => [TokenStateEnum], { nullable: true, description: 'The token is in one of these states.' })
  state?: TokenState[] | null;

  @Field(() => [TokenKindEnum], { nullable: true, description: 'The token is of one of these kinds.' })
  kind?: TokenKind[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The username contains this text (at most 256 characters), whatever the case of its letters.',
  })
  accountNameContains?: string | null;

  @Field(() => Date, { nullable: true, description: 'The token expires before this time, or has expired.' })
  expiresBefore?: Date | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the person has to connect again.' })
  needsReauthorization?: boolean | null;
}

export const InstagramAccountOrder = {
  NEWEST_FIRST: 'NEWEST_FIRST',
  OLDEST_FIRST: 'OLDEST_FIRST',
  NAME_ASC: 'NAME_ASC',
  EXPIRY_ASC: 'EXPIRY_ASC',
} as const;

export type InstagramAccountOrder = keyof typeof InstagramAccountOrder;

registerEnumType(InstagramAccountOrder, {
  name: 'InstagramAccountOrder',
  description: 'The order of the list.',
  valuesConfig: {
    NEWEST_FIRST: { description: 'By the time of the first connect, newest first.' },
    OLDEST_FIRST: { description: 'By the time of the first connect, oldest first.' },
    NAME_ASC: { description: 'By username, in byte order.' },
    EXPIRY_ASC: { description: 'By the expiry of the token, soonest first; tokens without an expiry last.' },
  },
});
