import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseXml } from './xml-reader.ts';
import { escapeXml } from './xml-writer.ts';

describe('parseXml', () => {
  test('text that was escaped is read again', () => {
    // What XML cannot carry is replaced when it is written.
    const aText = fc
      .string()
      .map((text) => text.replace(/[^\x20-\u{10fff0}\t\r\n]|\ufffe|\uffff/gu, '').toWellFormed());
    fc.assert(
      fc.property(aText, (text) => {
        const document = `<?xml version="1.0"?>\n<a><b x="1">${escapeXml(text)}</b><!-- c --><b/></a>`;
        expect(parseXml(document)?.children.map((child) => child.text)).toEqual([text, '']);
      }),
    );
  });

  test('prefixes do not count, and character data is text', () => {
    expect(parseXml('<s3:a xmlns:s3="u"><s3:b><![CDATA[<x>]]></s3:b></s3:a>')).toEqual({
      name: 'a',
      text: '',
      children: [{ name: 'b', text: '<x>', children: [] }],
    });
  });

  test.each([
    '',
    'text',
    '<a>',
    '</a>',
    '<a></b>',
    '<a/><b/>',
    '<a/>text',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<a'.repeat(3),
    '<a>'.repeat(100) + '</a>'.repeat(100),
  ])('refuses %s', (text) => {
    expect(parseXml(text)).toBeUndefined();
  });
});
