import { AppError } from '../errors.js';

/** Meta's codes have some 200 to 400 characters. */
const MAXIMUM_LENGTH = 4096;
/** What browsers hide at the end. */
const FRAGMENT = /#_(=_)?$/;
const FRAGMENT_LENGTH = '#_=_'.length;

/**
 * The code as Meta expects it back: without the fragment that browsers hide and pasted URLs keep (`#_` of
 * Instagram, `#_=_` of Facebook).
 *
 * @throws AppError BAD_USER_INPUT when it is blank or longer than 4,096 characters
 */
export function cleanAuthorizationCode(text: string): string {
  // The length first: nothing is done with a text of any size.
  const code = text.length > MAXIMUM_LENGTH + FRAGMENT_LENGTH ? text : text.trim().replace(FRAGMENT, '');
  if (code.length > MAXIMUM_LENGTH) {
    throw new AppError('BAD_USER_INPUT', `code: has more than ${MAXIMUM_LENGTH} characters.`);
  }
  if (code === '') throw new AppError('BAD_USER_INPUT', 'code: is empty.');
  return code;
}
