import { elementsOf, JsonObjectText } from '../json/json-object.ts';

/** Parts of a message that an encoder can take, and where they say what they hold. */
const MEDIA: Readonly<Record<string, string>> = {
  image_url: 'url',
  audio_url: 'url',
  video_url: 'url',
  input_audio: 'data',
};

/** The images, videos and sounds of a request as JSON texts, in order and each once. */
export function mediaItems(body: JsonObjectText): Buffer[] {
  const items: Buffer[] = [];
  const seen = new Set<string>();
  for (const message of elementsOf(body.text('messages'))) {
    for (const part of elementsOf(JsonObjectText.of(message)?.text('content'))) {
      const key = keyOf(part);
      if (key === undefined || seen.has(key)) continue;
      seen.add(key);
      items.push(part);
    }
  }
  return items;
}

function keyOf(part: Buffer): string | undefined {
  const item = JsonObjectText.of(part);
  const type = item?.string('type');
  const holds = type === undefined || !Object.hasOwn(MEDIA, type) ? undefined : MEDIA[type];
  if (item === undefined || type === undefined || holds === undefined) return undefined;
  const content = item.object(type)?.string(holds) ?? item.string(type);
  return `${type} ${content ?? part.toString('utf8')}`;
}
