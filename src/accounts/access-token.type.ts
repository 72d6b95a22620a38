import { Field, ObjectType } from 'type-graphql';
import type { TokenKind } from '../tokens/token-kind.js';
import { TokenKindEnum } from '../tokens/token-status.type.js';

@ObjectType({
  simpleResolvers: true,
  description: 'A working access token. Keep it no longer than you need it.',
})
export class InstagramAccessToken {
  @Field(() => String, { description: 'The token, for calls to Meta on behalf of the account.' })
  accessToken!: string;

  @Field(() => TokenKindEnum, {
    description: 'PAGE tokens are for graph.facebook.com, the others for graph.instagram.com.',
  })
  kind!: TokenKind;

  @Field(() => Date, { nullable: true, description: 'When it expires; null when it never does.' })
  expiresAt!: Date | null;
}
