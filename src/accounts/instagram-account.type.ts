import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { LoginFlow } from '../login-flow.js';
import { LoginFlowEnum } from '../login-flow.type.js';
import type { Time } from '../time.js';
import { ConnectionStep } from '../tokens/connection-step.type.js';
import { TokenStatus } from '../tokens/token-status.type.js';
import { WebhookSubscription } from './webhook-subscription.type.js';

@ObjectType({
  simpleResolvers: true,
  description: 'How the service that answers for the account is to behave.',
})
export class InstagramAccountSettings {
  @Field(() => String, { nullable: true, description: 'Instructions for the model. At most 16 kB.' })
  systemPrompt!: string | null;

  @Field(() => String, { nullable: true, description: 'How answers are to sound. At most 16 kB.' })
  toneOfVoice!: string | null;

  @Field(() => String, { nullable: true, description: 'Facts that answers may rely on. At most 16 kB.' })
  keyInformation!: string | null;

  @Field(() => Int, { description: 'Counts the changes; send it back as `expectedVersion` to lose none.' })
  version!: number;
}

@ObjectType({ simpleResolvers: true, description: 'How the present token was obtained, step by step.' })
export class ConnectionReport {
  @Field(() => LoginFlowEnum, { description: 'The flow by which the person connected.' })
  flow!: LoginFlow;

  @Field(() => [ConnectionStep], {
    description:
      'The steps in their order; a last one says when a later connect did not replace a better token.',
  })
  steps!: ConnectionStep[];
}

@ObjectType({ simpleResolvers: true, description: 'A connected Instagram professional account.' })
export class InstagramAccount {
  @Field(() => ID, {
    description: 'The id that Meta gave the profile when it was first connected. Never changes.',
  })
  accountId!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'The Instagram professional account id (`17841…`), which webhooks use; null until Meta has told it.',
  })
  professionalAccountId!: string | null;

  @Field(() => String, { description: 'The username.' })
  accountName!: string;

  @Field(() => String, { nullable: true, description: "The profile's name; the username where it has none." })
  displayName!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The profile picture. Such URLs of Meta end after a while.',
  })
  profilePictureUrl!: string | null;

  @Field(() => InstagramAccountSettings, {
    description: 'How the service that answers for the account is to behave.',
  })
  settings!: InstagramAccountSettings;

  @Field(() => TokenStatus, { description: "The truth about the account's token." })
  tokenStatus!: TokenStatus;

  @Field(() => WebhookSubscription, {
    description: 'Whether Meta sends us what happens at the account: comments and messages.',
  })
  webhookSubscription!: WebhookSubscription;

  @Field(() => [String], {
    description: 'The permissions that Meta said were granted; empty where it did not say.',
  })
  scopes!: string[];

  @Field(() => [String], { description: 'The permissions that were asked for and not granted.' })
  missingScopes!: string[];

  @Field(() => Date, { description: 'When the account was first connected.' })
  connectedAt!: Time;

  @Field(() => Date, { description: 'When anything about the account last changed.' })
  updatedAt!: Time;

  /** The `connection`, where it was read with the account; else null. */
  readReport?(): ConnectionReport | null;
}
