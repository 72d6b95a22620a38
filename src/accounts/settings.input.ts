import { Field, InputType } from 'type-graphql';

@InputType({ description: 'A field left out stays as it is; null clears it.' })
export class InstagramAccountSettingsInput {
  @Field(() => String, { nullable: true, description: 'Instructions for the model. At most 16 kB of UTF-8.' })
  systemPrompt?: string | null;

  @Field(() => String, { nullable: true, description: 'How answers are to sound. At most 16 kB of UTF-8.' })
  toneOfVoice?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Facts that answers may rely on. At most 16 kB of UTF-8.',
  })
  keyInformation?: string | null;
}
