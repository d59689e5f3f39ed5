/** What the variables about mails may be. */
import { z } from 'zod';

/** `smtp://` or `smtps://`, with or without user and password. */
export function isSmtpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return false;
  // A "/", "?" or "#" in a password that is not encoded ends the host early: what comes after it then shows.
  return /^\/?$/.test(url.pathname) && url.hash === '' && !url.search.includes('@') && isEncoded(url);
}

function isEncoded({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

/** `exports@example.com`, `Exports <exports@example.com>` or `"Exports, Inc." <exports@example.com>` */
export function isSender(text: string): boolean {
  const named = /^(?:"[^"\\\p{Cc}]*"|[^"\\<>()[\],;:@\p{Cc}]*) <([^<>]+)>$/u.exec(text);
  return z.email().safeParse(named?.[1] ?? text).success;
}

/** An `http` or `https` URL to which paths can be added. */
export function isConsoleUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === '';
}
