import { NESTING_DEPTH_MAX_COUNT } from './issue.ts';

/** An element, by its name without a prefix. Text beside child elements is dropped. */
export interface XmlNode {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlNode[];
}

interface OpenNode {
  readonly name: string;
  text: string;
  readonly children: XmlNode[];
}

/** Declaration, comment, character data, end tag, start tag with attributes that do not matter, text. */
const TOKEN =
  /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([^\s<>]+)\s*>|<([^\s<>/!?]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/gy;

/**
 * Reads a document into its root element; undefined for text that is not well-formed, that declares entities or types of
 * its own, or that is nested too deep.
 */
export function parseXml(text: string): XmlNode | undefined {
  const root: OpenNode = { name: '', text: '', children: [] };
  const open: OpenNode[] = [root];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const top = open.at(-1);
    if (top === undefined || !take(match, top, open)) return undefined;
    end = match.index + match[0].length;
  }
  const [document, ...others] = root.children;
  const isWhole = end === text.length && open.length === 1 && others.length === 0 && root.text.trim() === '';
  return isWhole ? document : undefined;
}

function take(match: RegExpExecArray, top: OpenNode, open: OpenNode[]): boolean {
  const [, data, closed, opened, slash, text] = match;
  if (data !== undefined) top.text += data;
  else if (text !== undefined) top.text += unescaped(text);
  else if (closed !== undefined) {
    if (open.length === 1 || top.name !== localName(closed)) return false;
    open.pop();
  } else if (opened !== undefined) {
    const node: OpenNode = { name: localName(opened), text: '', children: [] };
    top.children.push(node);
    if (slash !== '/') open.push(node);
    return open.length <= NESTING_DEPTH_MAX_COUNT;
  }
  return true;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const unescaped = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const point = Number.parseInt(decimal ?? hex, decimal === undefined ? 16 : 10);
    return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
  });
