import { AppError } from '../errors.js';

/**
 * Judges every text among a field's arguments: no database of ours can hold a NUL (SQLite's statements end at
 * it), and UTF-8 cannot write half a character.
 *
 * @throws AppError BAD_USER_INPUT
 */
export function requireText(value: unknown, path: string): void {
  if (typeof value === 'string') {
    if (!value.includes('\0') && value.isWellFormed()) return;
    throw new AppError('BAD_USER_INPUT', `${path}: holds characters that are not text.`);
  }
  if (Array.isArray(value)) for (const item of value) requireText(item, path);
  else if (value !== null && typeof value === 'object') {
    for (const [name, item] of Object.entries(value))
      requireText(item, path === '' ? name : `${path}.${name}`);
  }
}
