import { expect, test } from 'vitest';
import { pictureUrl } from '../../../src/meta/picture-url.js';

test.for([
  'https://scontent.cdninstagram.com/v/t51/a.jpg?oe=6F000000&_nc_ht=x',
  'https://scontent-ams2-1.cdninstagram.com/a.jpg',
  'https://scontent.xx.fbcdn.net/a.jpg',
  'https://cdninstagram.com/a.jpg',
])("%s is on one of Meta's picture hosts.", (url) => {
  expect(pictureUrl(url)).toBe(url);
});

test.for([
  // Other schemes.
  'http://scontent.cdninstagram.com/a.jpg',
  'javascript://cdninstagram.com/%0aalert(1)',
  'data:image/png;base64,AAAA',
  'file://cdninstagram.com/etc/passwd',
  // Hosts that only look alike.
  'https://cdninstagram.com.evil.example/a.jpg',
  'https://evilcdninstagram.com/a.jpg',
  'https://fbcdn.net.evil.example/a.jpg',
  'https://notfbcdn.net/a.jpg',
  'https://evil.example/cdninstagram.com/a.jpg',
  'https://evil.example/?x=.cdninstagram.com',
  'https://evil.example#.cdninstagram.com',
  'https://scontent.cdninstagram.com@evil.example/a.jpg',
  'https://evil.example\\.cdninstagram.com/a.jpg',
  'https://scontent.cdninstagram.com./a.jpg',
  'https://scontent.cdninstagram.соm/a.jpg',
  'https://169.254.169.254/latest/meta-data/',
  // A user name or port has no business there.
  'https://somebody:made-up@scontent.cdninstagram.com/a.jpg',
  'https://scontent.cdninstagram.com:8443/a.jpg',
  // No URL, or none that anybody would store.
  'scontent.cdninstagram.com/a.jpg',
  '//scontent.cdninstagram.com/a.jpg',
  '',
])('%s is refused.', (url) => {
  expect(pictureUrl(url)).toBeNull();
});

test.for([undefined, null, 7, true, {}, ['https://scontent.cdninstagram.com/a.jpg']])(
  '%o is no URL.',
  (value) => {
    expect(pictureUrl(value)).toBeNull();
  },
);

test('A URL of 2,048 characters is the longest.', () => {
  const url = (length: number): string => 'https://scontent.cdninstagram.com/'.padEnd(length, 'a');
  expect(pictureUrl(url(2048))).toBe(url(2048));
  expect(pictureUrl(url(2049))).toBeNull();
});

test('A URL comes back as a browser reads it, so that nobody reads another host in it.', () => {
  expect(pictureUrl(' https://SCONTENT.cdninstagram.com\\a b\n.jpg\t')).toBe(
    'https://scontent.cdninstagram.com/a%20b.jpg',
  );
});
