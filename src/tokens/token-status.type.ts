import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Time } from '../time.js';
import { tokenKinds, type TokenKind } from './token-kind.js';
import { TokenProblem } from './token-problem.type.js';
import { tokenStates, type TokenState } from './token-state.js';

/** An enum of GraphQL whose values are the texts that the code uses. */
export const TokenStateEnum = Object.fromEntries(tokenStates.map((state) => [state, state])) as {
  [State in TokenState]: State;
};
export const TokenKindEnum = Object.fromEntries(tokenKinds.map((kind) => [kind, kind])) as {
  [Kind in TokenKind]: Kind;
};

registerEnumType(TokenStateEnum, {
  name: 'TokenState',
  description:
    'What can be said of a token. DISCONNECTED wins over REVOKED over EXPIRED over EXPIRING_SOON over ACTIVE.',
  valuesConfig: {
    ACTIVE: { description: 'Valid for 7 days or more, or for ever.' },
    EXPIRING_SOON: { description: 'Valid for less than 7 days. Short-lived tokens are so from birth.' },
    EXPIRED: { description: 'Its time is over. The person has to connect again.' },
    REVOKED: { description: 'Meta says that it is no longer valid. The person has to connect again.' },
    DISCONNECTED: { description: 'An admin or the person ended the connection; the token was erased.' },
  },
});

registerEnumType(TokenKindEnum, {
  name: 'TokenKind',
  description: 'What a token is worth.',
  valuesConfig: {
    PAGE: { description: 'A Facebook page token that never expires.' },
    LONG_LIVED: { description: 'Valid for 60 days, renewable.' },
    SHORT_LIVED: { description: 'Valid for about an hour: what is left when everything better was refused.' },
  },
});

@ObjectType({ simpleResolvers: true, description: "The truth about an account's token." })
export class TokenStatus {
  @Field(() => TokenStateEnum, { description: 'What can be said of the token now.' })
  state!: TokenState;

  @Field(() => TokenKindEnum, { description: 'What the token is worth.' })
  kind!: TokenKind;

  @Field(() => Date, { nullable: true, description: 'When it expires; null when it never does.' })
  expiresAt!: Time | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Whole seconds until it expires, never below 0; null when it never does.',
  })
  expiresInSeconds!: number | null;

  @Field(() => Boolean, {
    description: 'Whether the person has to connect again: EXPIRED, REVOKED or DISCONNECTED.',
  })
  needsReauthorization!: boolean;

  @Field(() => Date, { nullable: true, description: 'When it was last renewed; null when it never was.' })
  lastRefreshedAt!: Time | null;

  @Field(() => Date, {
    nullable: true,
    description: 'When it is to be renewed next; null when nothing is planned.',
  })
  nextRefreshAt!: Time | null;

  @Field(() => TokenProblem, {
    nullable: true,
    description: 'The last refusal that still stands; null when all is well.',
  })
  problem!: TokenProblem | null;
}
