/**
 * graphql-js repeats what it does not like, and that may be a code, a verifier or a token. What was expected,
 * and where, is enough; the names of fields, arguments and types stay.
 *
 * @param message a message of graphql-js or Apollo Server about a request
 */
export function withoutValues(message: string): string {
  if (message.startsWith('Syntax Error: ')) return syntaxError(message);
  return message
    .replace(/ got invalid value [\s\S]*$/, ' got an invalid value.')
    .replace(/ cannot represent ((?:an? )?non[-\w ]*? value)\b[\s\S]*$/, ' cannot represent $1.')
    .replace(/ cannot represent (?!(?:an? )?non[-\w ]*? value\.$)[\s\S]*$/, ' cannot represent this value.')
    .replace(/^Value "[\s\S]*" does not exist in ("\w+" enum)[\s\S]*$/, 'The value does not exist in $1.')
    .replace(/^Unknown operation named [\s\S]*$/, 'There is no operation of this name.')
    .replace(/, found [\s\S]*$/, '.');
}

/** A token of the language that the parser names: punctuation, a keyword, the end, or only its kind. */
const TOKEN = String.raw`"(?:[!$&():=@[\]{|}]|\.\.\.|[a-z]+)"|<EOF>|Name|Int|Float|String|BlockString`;
const EXPECTED = new RegExp(`^Syntax Error: Expected (?:${TOKEN}), found (?:${TOKEN})`);
const UNEXPECTED = new RegExp(`^Syntax Error: Unexpected (?:${TOKEN})`);

function syntaxError(message: string): string {
  const [kept] = EXPECTED.exec(message) ??
    UNEXPECTED.exec(message) ??
    /^Syntax Error: [^":.]*/.exec(message) ?? [''];
  return `${kept.trimEnd()}.`;
}
