import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { startMailCatcher } from '../../dev/stack/mail.ts';
import { freePort } from '../../dev/stack/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';

async function send(url: string, subject: string): Promise<void> {
  await createTransport(url).sendMail({ from: 'a@example.com', to: 'b@example.com', subject, text: 'x' });
}

test('every mail becomes a file, in the order of arrival, after a new start too', async () => {
  const folder = join(await tempFolder(), 'mails');
  for (const subjects of [['one', 'two'], ['three']]) {
    const catcher = await startMailCatcher({ port: 0, folder });
    for (const subject of subjects) await send(catcher.url, subject);
    await catcher.stop();
    await catcher.stop();
  }
  const names = (await readdir(folder)).sort();
  expect(names[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-0001\.eml$/);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  expect(texts.map((text) => /^Subject: (.*)\r$/m.exec(text)?.[1])).toEqual(['one', 'two', 'three']);
});

test('a port that is in use is an error, and a stopped server takes no mails', async () => {
  const folder = await tempFolder();
  const { port } = await freePort(0);
  const catcher = await startMailCatcher({ port, folder });
  await expect(startMailCatcher({ port, folder })).rejects.toThrow('EADDRINUSE');
  await catcher.stop();
  await expect(send(catcher.url, 'late')).rejects.toThrow('ECONNREFUSED');
});
