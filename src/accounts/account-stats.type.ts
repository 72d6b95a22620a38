import { Field, Int, ObjectType } from 'type-graphql';
import type { TokenKind } from '../tokens/token-kind.js';
import type { TokenState } from '../tokens/token-state.js';
import { TokenKindEnum, TokenStateEnum } from '../tokens/token-status.type.js';

@ObjectType({ simpleResolvers: true, description: 'How many accounts are in a state.' })
export class TokenStateCount {
  @Field(() => TokenStateEnum, { description: 'The state.' })
  state!: TokenState;

  @Field(() => Int, { description: 'How many accounts.' })
  count!: number;
}

@ObjectType({ simpleResolvers: true, description: 'How many accounts have a token of a kind.' })
export class TokenKindCount {
  @Field(() => TokenKindEnum, { description: 'The kind.' })
  kind!: TokenKind;

  @Field(() => Int, { description: 'How many accounts.' })
  count!: number;
}

@ObjectType({ simpleResolvers: true, description: 'How many valid tokens expire on a day.' })
export class ExpiryForecastDay {
  @Field(() => String, { description: 'The day in UTC, as YYYY-MM-DD.' })
  date!: string;

  @Field(() => Int, { description: 'How many tokens expire on it, unless they are renewed before.' })
  count!: number;
}

/** Every field is counted only when it is asked for. */
@ObjectType({ description: 'Figures over all accounts, as of up to ten seconds ago.' })
export class InstagramAccountStats {}
