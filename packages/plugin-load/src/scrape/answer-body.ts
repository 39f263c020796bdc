import { ScrapeError } from './scrape-error.ts';

/**
 * The body of an answer. Its memory serves for the next answer of the same endpoint too, unless it is kept: a page of
 * 30 KB 20 times a second for each endpoint would make more work for the garbage collector than all else for the scraper.
 */
export class AnswerBody {
  #bytes: Buffer | undefined;
  #isKept = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** To be read at once. @throws ScrapeError when the next answer has begun */
  get bytes(): Buffer {
    if (this.#bytes === undefined) throw new ScrapeError('what was scraped must be read before the next scrape');
    return this.#bytes;
  }

  /** The bytes, which nobody else will use. @throws ScrapeError when the next answer has begun */
  keep(): Buffer {
    const { bytes } = this;
    this.#isKept = true;
    return bytes;
  }

  /** The next answer begins. @returns true when it can have the memory of this one */
  end(): boolean {
    if (this.#isKept) return false;
    this.#bytes = undefined;
    return true;
  }
}
