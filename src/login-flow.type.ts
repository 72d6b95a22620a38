import { registerEnumType } from 'type-graphql';
import type { LoginFlow as Flow } from './login-flow.js';

export const LoginFlowEnum = {
  MOCA: 'moca',
  INSTAGRAM: 'instagram',
  FACEBOOK: 'facebook',
} as const satisfies Record<string, Flow>;

registerEnumType(LoginFlowEnum, {
  name: 'LoginFlow',
  description: 'How a person connected.',
  valuesConfig: {
    MOCA: { description: "Facebook's dialog with Instagram's code exchange, with every rung of the ladder." },
    INSTAGRAM: { description: 'Business Login for Instagram; no Facebook Page needed.' },
    FACEBOOK: { description: 'Facebook Login; ends with a page token.' },
  },
});
