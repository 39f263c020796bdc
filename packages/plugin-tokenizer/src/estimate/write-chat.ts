import type {
  AudioUrlPart,
  ChatContent,
  ContentPart,
  ImageUrlPart,
  InputAudioPart,
  MediaUrl,
  TextPart,
  VideoUrlPart,
} from '@pointsman/inference-api';
import { jsonText } from './json-text.ts';
import type { MediaWriter } from './media-writer.ts';
import type { PromptBytes } from './prompt-bytes.ts';

/** An OpenAI chat: tools, then of each message its role and what it says. Calls of tools are left out. */
export function writeChat({ messages, tools }: ChatContent, bytes: PromptBytes, media: MediaWriter): void {
  if (tools !== undefined && tools.length > 0) bytes.text(jsonText(tools));
  for (const { role, content } of messages) {
    bytes.text(role ?? '');
    if (typeof content === 'string') {
      bytes.text(content);
      continue;
    }
    for (const part of content ?? []) {
      if (typeof part === 'string') bytes.text(part);
      else writePart(part, bytes, media);
    }
  }
}

function writePart(part: ContentPart, bytes: PromptBytes, media: MediaWriter): void {
  switch (part.type) {
    case 'text':
      bytes.text((part as TextPart).text ?? '');
      break;
    case 'image_url':
      writeUrl((part as ImageUrlPart).image_url, (url) => media.imageUrl(url));
      break;
    case 'video_url':
      writeUrl((part as VideoUrlPart).video_url, (url) => media.video(url));
      break;
    case 'audio_url':
      writeUrl((part as AudioUrlPart).audio_url, (url) => media.audio(url));
      break;
    case 'input_audio': {
      const { data, format } = (part as InputAudioPart).input_audio ?? {};
      if (data || format) media.audio(`${data ?? ''}${format ?? ''}`);
      break;
    }
  }
}

function writeUrl(url: MediaUrl | undefined, write: (url: string) => void): void {
  const text = typeof url === 'string' ? url : url?.url;
  if (typeof text === 'string' && text !== '') write(text);
}
