/**
 * Loaded before the program, in each of its threads (`--import`): the time of day is stepped back and forth under it, the same
 * in all threads at a time. The clock that only goes forward (`performance.now`, timers) is left alone, as by an operator who sets the clock.
 *
 * FAULT_STEPS: seconds that are added to the real time, one after another, by commas; FAULT_STEP_MS: how long each lasts;
 * FAULT_BEGIN_MS: the real time at which the first begins, since the threads do not start at once.
 */

const RealDate = Date;
const steps = process.env.FAULT_STEPS.split(',').map((seconds) => Number(seconds) * 1000);
const stepMs = Number(process.env.FAULT_STEP_MS);
const beginMs = Number(process.env.FAULT_BEGIN_MS);

function now() {
  const realMs = RealDate.now();
  const step = Math.floor((realMs - beginMs) / stepMs) % steps.length;
  return realMs + (step < 0 ? 0 : steps[step]);
}

globalThis.Date = class SteppedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now());
    else super(...args);
  }

  static now() {
    return now();
  }
};
