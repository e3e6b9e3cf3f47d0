import type { Subject } from '../subject.ts'

/** A turn in which all is well, with what differs. */
export function subjectWith(difference: Partial<Subject> = {}): Subject {
  return {
    question: 'How do I schedule a function to run every day?',
    answer:
      'To run a function every day, pass a Period of one day to the schedule parameter of the function decorator. The schedule starts when you deploy the app.',
    interrupted: false,
    history: [],
    documents: [
      {
        title: 'Scheduling functions',
        text: 'To run a function every day, pass a Period of one day to the schedule parameter of the function decorator. The schedule starts when you deploy the app. Use Cron to choose the minute, such as 9 in the morning.',
      },
    ],
    ...difference,
  }
}
