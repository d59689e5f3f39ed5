import { describe, expect, it } from 'vitest';
import { mixpanelUser, postHogStandIn, postHogUser } from '../../../../activities/sinks/mapping/distinct-id.ts';

describe('a user id', () => {
  it.each(['user-1', 'jane@example.com', ' padded ', 'anonymous-7', 'nullable', 'é'.repeat(100), '007'])(
    'such as %j is taken as it is by both vendors',
    (id) => {
      expect(postHogUser(id)).toBe(id);
      expect(mixpanelUser(id)).toBe(id);
    },
  );

  it.each([null, undefined, '', '  ', ' ANONYMOUS ', 'Null', '\tnone\n', 'TRUE', '0', 'uNdEfInEd', '"None"', "'null'"])(
    'such as %j is none for both vendors',
    (id) => {
      expect(postHogUser(id)).toBeUndefined();
      expect(mixpanelUser(id)).toBeUndefined();
    },
  );

  it.each(['guest', 'Email', 'ID', 'distinct_id', 'distinctId', 'user', 'System', 'backend', '[Object object]', 'NaN'])(
    'such as %j is none for PostHog alone',
    (id) => {
      expect(postHogUser(id)).toBeUndefined();
      expect(mixpanelUser(id)).toBe(id);
    },
  );

  it.each(['anon', 'Nil', 'N/A', 'na', 'unknown', '<nil>', '-1', '[]', '{}'])(
    'such as %j is none for Mixpanel alone',
    (id) => {
      expect(mixpanelUser(id)).toBeUndefined();
      expect(postHogUser(id)).toBe(id);
    },
  );

  it('is none when the vendor would cut it', () => {
    expect(postHogUser('u'.repeat(200))).toBe('u'.repeat(200));
    expect(postHogUser('u'.repeat(201))).toBeUndefined();
    expect(mixpanelUser('u'.repeat(255))).toBe('u'.repeat(255));
    expect(mixpanelUser('u'.repeat(256))).toBeUndefined();
    expect(mixpanelUser('é'.repeat(128))).toBeUndefined();
  });

  it('is sent without lone surrogates and NUL', () => {
    expect(postHogUser('a\ud800b\0c')).toBe('a\ufffdb\ufffdc');
    expect(mixpanelUser('a\ud800b\0c')).toBe('a\ufffdb\ufffdc');
  });
});

describe('the stand-in for a user', () => {
  it('is the id itself, or a UUID made of one that PostHog does not take', () => {
    expect(postHogStandIn('trace-1')).toBe('trace-1');
    for (const id of ['null', 'x'.repeat(201)]) {
      expect(postHogStandIn(id)).toMatch(/^[0-9a-f-]{36}$/);
      expect(postHogStandIn(id)).toBe(postHogStandIn(id));
    }
    expect(postHogStandIn('null')).not.toBe(postHogStandIn('none'));
  });
});
