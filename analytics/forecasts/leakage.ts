/** What makes sure that no forecast knows its future. Times are milliseconds UTC. */

/** A forecast that would have looked ahead: a defect, so it is thrown and nothing is stored. */
export class Leakage extends Error {
  override name = "Leakage";
}

/** The times a forecast stands on. */
export interface Issue {
  /** When it is issued. */
  issuedAt: number;
  /** Its target is the hour [targetFrom, targetTo). */
  targetFrom: number;
  targetTo: number;
  /** End of the newest data that its features hold. */
  dataTo: number;
  /** End of the newest target that its model was fitted to; null for a model without any fit. */
  trainedTo: number | null;
}

const at = (ms: number) =>
  Number.isFinite(ms) ? new Date(ms).toISOString() : "an unknown time";

/**
 * @throws {Leakage} when the forecast is issued after its target began, or
 * its features or its training reach past the moment of issue.
 */
export function checkIssue(issue: Issue): void {
  const { issuedAt, targetFrom, targetTo, dataTo, trainedTo } = issue;
  if (!(issuedAt <= targetFrom && targetFrom < targetTo)) {
    throw new Leakage(
      `A forecast issued at ${at(issuedAt)} is for a target that began at ${
        at(targetFrom)
      }.`,
    );
  }
  if (!(dataTo <= issuedAt)) {
    throw new Leakage(
      `A forecast issued at ${at(issuedAt)} uses data up to ${at(dataTo)}.`,
    );
  }
  if (trainedTo !== null && !(trainedTo <= issuedAt)) {
    throw new Leakage(
      `A forecast issued at ${at(issuedAt)} is by a model trained up to ${
        at(trainedTo)
      }.`,
    );
  }
}
