import type { InferenceRequest } from '@pointsman/core';
import type { EstimateParams } from '../token-producer-params.ts';
import { base64ImageSize, type ImageSize } from './image-size.ts';

type Headers = InferenceRequest['headers'];

/**
 * Tokens of a picture: fixed, or one for so many pixels. The size is read from the picture where that came with the
 * request in base64.
 */
export function imageTokens(base64: string | undefined, { image }: EstimateParams): number {
  if (image.mode === 'static') return whole(image.static.staticToken);
  const size = (base64 === undefined ? undefined : base64ImageSize(base64)) ?? image.defaultResolution;
  return pixelTokens(size, image.dynamic.factor);
}

/** The base64 part of a `data:` URL; undefined for other URLs. */
export function base64OfDataUrl(url: string): string | undefined {
  if (!url.startsWith('data:')) return undefined;
  const comma = url.indexOf(',');
  return comma > 0 && url.slice(0, comma).endsWith(';base64') ? url.slice(comma + 1) : undefined;
}

/** Tokens of a film: frames times tokens of a frame. Headers may say how long, how fast and how large it is. */
export function videoTokens(headers: Headers, { video }: EstimateParams): number {
  const { frames, tokensPerFrame, maxVideoTokens } = video;
  const seconds = positiveNumber(headers['x-llm-d-video-duration-seconds']) ?? video.defaultDuration;
  let count: number;
  if (frames.mode === 'sampled') {
    const { sampleFPS, temporalPatchSize } = frames.sampled;
    count = clamped(Math.floor(seconds * sampleFPS), frames);
    if (temporalPatchSize > 1) count = Math.floor(count / temporalPatchSize);
  } else {
    const { defaultSourceFPS, frameStride } = frames.strided;
    const framesPerSecond = positiveNumber(headers['x-llm-d-video-fps']) ?? defaultSourceFPS;
    count = clamped(Math.floor(Math.floor(seconds * framesPerSecond) / frameStride), frames);
  }
  const size = resolutionOf(headers['x-llm-d-video-resolution']) ?? video.defaultResolution;
  const perFrame =
    tokensPerFrame.mode === 'static'
      ? tokensPerFrame.static.numTokensPerFrame
      : pixelTokens(size, tokensPerFrame.dynamic.factor);
  const tokens = count * perFrame;
  return whole(maxVideoTokens > 0 ? Math.min(tokens, maxVideoTokens) : tokens);
}

/** Tokens of a sound: one for every four characters. */
export function audioTokens(sound: string): number {
  return Math.max(1, Math.ceil(sound.length / 4));
}

function pixelTokens({ width, height }: ImageSize, factor: number): number {
  return whole((width * height) / factor);
}

function whole(tokens: number): number {
  return Math.max(1, Math.floor(tokens));
}

function clamped(count: number, { minFrames, maxFrames }: { minFrames: number; maxFrames: number }): number {
  const atMost = maxFrames > 0 ? Math.min(count, maxFrames) : count;
  return Math.max(atMost, minFrames, 1);
}

function positiveNumber(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Number(text);
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

/** `1280x720` */
function resolutionOf(text: string | undefined): ImageSize | undefined {
  const [, width, height] = /^\s*(\d+)\s*x\s*(\d+)\s*$/i.exec(text ?? '') ?? [];
  const size = { width: Number(width), height: Number(height) };
  return size.width > 0 && size.height > 0 ? size : undefined;
}
