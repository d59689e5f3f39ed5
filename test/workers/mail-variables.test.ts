import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../workers/config.ts';

const ENCRYPTION_KEY = 'ab'.repeat(32);
const SMTP_CONNECTION_URL = 'smtps://ada:p%2Fss@mail.example.com:465';
const EMAIL_FROM_ADDRESS = 'exports@example.com';

function faultOf(env: Record<string, string>): string {
  try {
    readConfig({ ENCRYPTION_KEY, ...env });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

test('without the variables there are no mails and no links', () => {
  const config = readConfig({ ENCRYPTION_KEY, SMTP_CONNECTION_URL: '', EMAIL_FROM_ADDRESS: '', CONSOLE_URL: '' });
  expect(config.mail).toBeUndefined();
  expect(config.consoleUrl).toBeUndefined();
});

test('what operators set arrives', () => {
  const config = readConfig({ ENCRYPTION_KEY, SMTP_CONNECTION_URL, EMAIL_FROM_ADDRESS, CONSOLE_URL: 'http://c/base' });
  expect(config.mail).toEqual({ connectionUrl: SMTP_CONNECTION_URL, from: EMAIL_FROM_ADDRESS });
  expect(config.consoleUrl).toBe('http://c/base');
});

test('mail server and sender go together', () => {
  const fault = /SMTP_CONNECTION_URL and EMAIL_FROM_ADDRESS go together/;
  expect(faultOf({ SMTP_CONNECTION_URL })).toMatch(fault);
  expect(faultOf({ EMAIL_FROM_ADDRESS })).toMatch(fault);
});

test.each([
  'hunter2',
  'http://ada:hunter2@mail.example.com',
  'smtp://',
  'smtp://ada:hunter2/x@mail.example.com',
  'smtp://ada:12/hunter2@mail.example.com',
  'smtp://ada:12?hunter2@mail.example.com',
  'smtp://ada:12#hunter2@mail.example.com',
  'smtp://ada:hunter2%zz@mail.example.com',
])('%s is no mail server, and is not repeated', (url) => {
  const fault = faultOf({ EMAIL_FROM_ADDRESS, SMTP_CONNECTION_URL: url });
  expect(fault).toContain('SMTP_CONNECTION_URL must be like smtps://user:password@host:465');
  expect(fault).not.toContain('hunter2');
});

test.each(['smtp://localhost:1025', 'smtp://10.0.0.7', 'smtps://u@mail.example.com/?requireTLS=true'])(
  '%s is a mail server',
  (url) => {
    expect(faultOf({ EMAIL_FROM_ADDRESS, SMTP_CONNECTION_URL: url })).toBe('');
  },
);

test.each(['Exports <exports@example.com>', '"Exports, Inc." <exports@example.com>'])('%s is a sender', (from) => {
  expect(faultOf({ SMTP_CONNECTION_URL, EMAIL_FROM_ADDRESS: from })).toBe('');
});

test.each([
  'exports',
  'a@example.com, b@example.com',
  'A <a@example.com> b',
  'A, B <a@example.com>',
  'A\n <a@example.com>',
])('%j is no sender', (from) => {
  expect(faultOf({ SMTP_CONNECTION_URL, EMAIL_FROM_ADDRESS: from })).toContain('EMAIL_FROM_ADDRESS must be an address');
});

test.each(['console.example.com', 'ftp://c', 'https://u:p@c', 'https://c/?a=1', 'https://c/#a'])(
  '%s is no console',
  (url) => {
    expect(faultOf({ CONSOLE_URL: url })).toContain('CONSOLE_URL must be an URL');
  },
);
