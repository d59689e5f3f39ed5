/**
 * Sealed secrets: AES-256-GCM with the key's id in the sealed form and the project and integration as associated data, so that a
 * secret can be opened for no other integration. Form: `v1.<keyId>.<base64url of nonce + tag + ciphertext>`.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { SEALED_FORM } from './sealed-form.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALTERED = 'The stored secret was altered, or belongs to another integration. Enter the secret again.';

/** Whom a secret belongs to. */
export interface SealContext {
  projectId: string;
  integrationId: string;
}

export interface Sealer {
  seal(plain: string, context: SealContext): string;
  /** @throws SealError when the text is not sealed, was sealed for another integration, or its key is not in the ring. */
  open(sealed: string, context: SealContext): string;
  /** True when `sealed` was made with a previous key and should be sealed anew. */
  isOutdated(sealed: string): boolean;
}

export class SealError extends Error {
  override name = 'SealError';
}

/**
 * @param current the key that seals: 64 hexadecimal characters (`ENCRYPTION_KEY`).
 * @param previous keys that still open: comma-separated (`ENCRYPTION_KEYS_PREVIOUS`).
 * @throws SealError that says which key is malformed, never the key.
 */
export function createSealer(current: string | undefined, previous = ''): Sealer {
  const present = parseKey(current ?? '', 'ENCRYPTION_KEY');
  const ring = new Map<string, Buffer>();
  for (const [index, text] of previous.split(',').entries()) {
    if (text.trim() === '') continue;
    const key = parseKey(text.trim(), `ENCRYPTION_KEYS_PREVIOUS (key ${index + 1})`);
    ring.set(idOf(key), key);
  }
  const presentId = idOf(present);
  ring.set(presentId, present);

  return {
    seal(plain, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', present, nonce).setAAD(associatedData(context));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return `v1.${presentId}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')}`;
    },
    open(sealed, context) {
      const [, keyId = '', body = ''] = SEALED_FORM.exec(sealed) ?? [];
      if (keyId === '')
        throw new SealError('The stored secret is not in the sealed form v1.<keyId>.<data>. Enter the secret again.');
      const key = ring.get(keyId);
      if (key === undefined) {
        throw new SealError(
          `The stored secret was sealed with key ${keyId}, which is in neither ENCRYPTION_KEY nor ENCRYPTION_KEYS_PREVIOUS. Add that key, or enter the secret again.`,
        );
      }
      const bytes = Buffer.from(body, 'base64url');
      // Unused bits of the last character: another text for the same bytes is altered text too.
      if (bytes.toString('base64url') !== body) throw new SealError(ALTERED);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        })
          .setAAD(associatedData(context))
          .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
        return text.toString('utf8');
      } catch {
        throw new SealError(ALTERED);
      }
    },
    isOutdated(sealed) {
      return SEALED_FORM.exec(sealed)?.[1] !== presentId;
    },
  };
}

function parseKey(text: string, name: string): Buffer {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    const found = text === '' ? 'is not set' : `has ${text.length} characters or others than 0-9 a-f`;
    throw new SealError(`${name} ${found}: it must be 64 hexadecimal characters. Make one with: openssl rand -hex 32`);
  }
  return Buffer.from(text, 'hex');
}

/** Eight hexadecimal characters of a digest: enough to tell keys apart, too little to say anything about them. */
function idOf(key: Buffer): string {
  return createHash('sha256').update('event-exports key id').update(key).digest('hex').slice(0, 8);
}

function associatedData({ projectId, integrationId }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([projectId, integrationId]));
}
