import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSealer, SealError } from '../../shared/sealed.ts';
import { isSealed } from '../../shared/sealed-form.ts';

const KEY = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
const OLD = 'f'.repeat(64);
const OLDER = 'e'.repeat(64);
const context = { projectId: 'p1', integrationId: 'i1' };
const sealer = createSealer(KEY);

const secrets = fc.string({ unit: 'binary', maxLength: 300 });
const ids = fc.string({ maxLength: 10 });

function refusal(act: () => unknown): SealError {
  try {
    act();
  } catch (error) {
    if (error instanceof SealError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('a sealed secret', () => {
  it('opens for its own integration, byte for byte, the empty one too', () => {
    fc.assert(
      fc.property(secrets, ids, ids, (secret, projectId, integrationId) => {
        const sealed = sealer.seal(secret, { projectId, integrationId });
        expect(isSealed(sealed)).toBe(true);
        expect(sealer.open(sealed, { projectId, integrationId })).toBe(secret);
      }),
    );
    expect(sealer.open(sealer.seal('', context), context)).toBe('');
  });

  it('opens for no other integration, not even one whose ids read the same side by side', () => {
    fc.assert(
      fc.property(secrets, ids, ids, ids, ids, (secret, a, b, c, d) => {
        fc.pre(a !== c || b !== d);
        const sealed = sealer.seal(secret, { projectId: a, integrationId: b });
        expect(refusal(() => sealer.open(sealed, { projectId: c, integrationId: d })).message).toContain(
          'another integration',
        );
      }),
    );
    const sealed = sealer.seal('x', { projectId: 'a', integrationId: 'bc' });
    refusal(() => sealer.open(sealed, { projectId: 'ab', integrationId: 'c' }));
  });

  it('is refused after any change of its text', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    fc.assert(
      fc.property(
        secrets,
        fc.nat(),
        fc.nat(alphabet.length - 1),
        fc.constantFrom('replace', 'insert', 'remove'),
        (secret, at, letter, how) => {
          const sealed = sealer.seal(secret, context);
          const index = at % sealed.length;
          const put = how === 'remove' ? '' : (alphabet[letter] ?? '');
          const altered = sealed.slice(0, index) + put + sealed.slice(how === 'insert' ? index : index + 1);
          fc.pre(altered !== sealed);
          refusal(() => sealer.open(altered, context));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('is refused with unused bits set in its last character, which decode to the same bytes', () => {
    const sealed = sealer.seal('', context);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const altered = `${sealed.slice(0, -1)}${alphabet[alphabet.indexOf(sealed.at(-1) ?? '') + 1]}`;
    const bytesOf = (text: string) => Buffer.from(text.split('.')[2] ?? '', 'base64url');
    expect(bytesOf(altered)).toEqual(bytesOf(sealed));
    refusal(() => sealer.open(altered, context));
  });

  it('is never the same text twice, and does not hold the secret', () => {
    const secret = 'correct horse battery staple';
    const texts = Array.from({ length: 50 }, () => sealer.seal(secret, context));
    expect(new Set(texts).size).toBe(50);
    for (const text of texts) {
      expect(text).not.toContain(secret);
      expect(Buffer.from(text.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain(secret);
    }
  });

  it('is text of one line that can stand anywhere', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        expect(sealer.seal(secret, context)).toMatch(/^v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+$/);
      }),
    );
  });
});

describe('opening', () => {
  it('throws nothing but SealErrors, for any text', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{0,60}$/));
    fc.assert(
      fc.property(texts, (text) => void refusal(() => sealer.open(text, context))),
      { numRuns: 1_000 },
    );
  });

  it('tells plain text, an unknown key and altered text apart, and says what to do', () => {
    const sealed = sealer.seal('x', context);
    const keyId = sealed.split('.')[1] ?? '';
    expect(refusal(() => sealer.open('plain', context)).message).toContain('not in the sealed form');
    const unknown = refusal(() => createSealer(OLD).open(sealed, context)).message;
    expect(unknown).toContain(keyId);
    expect(unknown).toContain('ENCRYPTION_KEYS_PREVIOUS');
    expect(refusal(() => sealer.open(sealed, { ...context, projectId: 'p2' })).message).toContain('altered');
  });
});

describe('changing the key', () => {
  it('opens what any previous key sealed, and says that it is outdated', () => {
    const olds = [OLD, OLDER].map((key) => createSealer(key).seal('secret', context));
    const present = createSealer(KEY, ` ${OLD} ,, ${OLDER.toUpperCase()},`);
    for (const old of olds) {
      expect(present.open(old, context)).toBe('secret');
      expect(present.isOutdated(old)).toBe(true);
    }
    const anew = present.seal('secret', context);
    expect(present.isOutdated(anew)).toBe(false);
    expect(sealer.open(anew, context)).toBe('secret');
  });

  it('seals with the present key even where it stands among the previous ones too', () => {
    const present = createSealer(KEY, `${OLD},${KEY}`);
    expect(present.isOutdated(present.seal('x', context))).toBe(false);
    expect(present.open(sealer.seal('x', context), context)).toBe('x');
  });

  it('takes a key in capitals for the same key', () => {
    expect(createSealer(KEY.toUpperCase()).open(sealer.seal('x', context), context)).toBe('x');
  });
});

describe('a malformed key', () => {
  const bad = ['a'.repeat(63), 'a'.repeat(65), `${'a'.repeat(63)}g`, 'my secret passphrase', `${KEY}\n`];

  it.each(bad)('%j is refused by name and never shown', (text) => {
    const current = refusal(() => createSealer(text)).message;
    expect(current).toMatch(/^ENCRYPTION_KEY .*64 hexadecimal characters/);
    expect(current).not.toContain(text.trim());
  });

  it('is told by its place among the previous ones', () => {
    const { message } = refusal(() => createSealer(KEY, `${OLD},abcdef,${OLDER}`));
    expect(message).toContain('ENCRYPTION_KEYS_PREVIOUS (key 2)');
    for (const key of [KEY, OLD, OLDER, 'abcdef']) expect(message).not.toContain(key);
  });

  it('is said to be missing when it is', () => {
    expect(refusal(() => createSealer(undefined)).message).toContain('ENCRYPTION_KEY is not set');
    expect(refusal(() => createSealer('')).message).toContain('is not set');
  });
});
