import { resolve } from 'node:path';
import type { DatabaseLocation } from '../database-url.js';

/** What a database is called in messages: without user, password and parameters. */
export function databaseName(location: DatabaseLocation): string {
  if (location.kind === 'sqlite') return `sqlite:${resolve(location.path)}`;
  const { hostname, port, pathname, searchParams } = new URL(location.url.reveal());
  return `postgresql://${searchParams.get('host') ?? hostname}:${port === '' ? '5432' : port}${pathname}`;
}
