import fc from 'fast-check'

// Properties are tried on the same values in every run, so that what fails for one in thousands fails where it was changed.
fc.configureGlobal({ seed: Number(process.env.VOXTRACE_SEED ?? 1) })
