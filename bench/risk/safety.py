#!/usr/bin/env python3
"""Negative binomial regression beside statsmodels: CPU seconds and answers on the same data in one run.

Every round runs every tool once, in turn; the table prints medians of CPU seconds (user + system, all threads).
The difference is the largest relative difference of a coefficient or k from statsmodels' maximum, found once with a
tolerance no user would set; the log-likelihoods beside it say who is nearer to the maximum.
Prints Markdown; progress goes to stderr.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import warnings
from pathlib import Path

from shared import attempt, cpu_seconds, enter_venv, example, say, versions

RIVALS = {"numpy": "numpy", "scipy": "scipy", "statsmodels": "statsmodels"}
COLUMNS = 8  # and the constant: nine coefficients


def city(n):
    """Sections with length, traffic, five classes and two slopes; overdispersion 0.6."""
    import numpy as np

    r = np.random.default_rng(7)
    length, traffic = r.uniform(-2.5, 0.7, n), r.normal(8.5, 0.9, n)
    which = r.integers(0, 6, n)
    classes = [(which == c).astype(float) for c in range(1, 5)]
    slopes = [r.normal(0, 1, n), r.uniform(0, 1, n)]
    x = np.column_stack([length, traffic, *classes, *slopes])
    eta = -6.2 + x @ np.array([0.8, 0.7, 0.3, -0.4, 0.1, 0.6, 0.05, -0.2])
    y = r.poisson(np.exp(eta) * r.gamma(1 / 0.6, 0.6, n))
    return y.astype(float), x


class Case:
    def __init__(self, n, folder):
        import numpy as np
        import statsmodels.api as sm

        self.n = n
        self.y, x = city(n)
        self.x = sm.add_constant(x)
        self.file = Path(folder) / f"{n}.f64"
        np.concatenate([self.y, x.T.ravel()]).tofile(self.file)
        self.seconds, self.answers = {}, {}
        self.k = None
        model = sm.NegativeBinomial(self.y, self.x)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = model.fit(disp=0, method="bfgs", maxiter=5000, gtol=1e-9)
            fit = model.fit(start_params=fit.params, disp=0, method="newton", maxiter=100, tol=1e-14)
        self.best, self.best_errors, self.best_ll = fit.params, fit.bse, fit.llf

    def record(self, tool, seconds, parameters, log_likelihood):
        self.seconds.setdefault(tool, []).append(seconds)
        self.answers[tool] = (parameters, log_likelihood)

    def ours(self, threads):
        import numpy as np

        run = subprocess.run(
            [example("safety_figures"), str(self.n), str(COLUMNS), "1", str(self.file)],
            env={**os.environ, "RAYON_NUM_THREADS": str(threads)}, check=True, capture_output=True, text=True,
        )
        answer = json.loads(run.stdout)
        name = "Gongzhi" if threads == 1 else f"Gongzhi, {threads} threads"
        self.record(name, answer["cpu_s"], np.array([*answer["coefficients"], answer["k"]]), answer["log_likelihood"])
        errors = np.array([*answer["standard_errors"], answer["k_error"]])
        self.errors_differ = float(np.abs(errors / self.best_errors - 1).max())
        self.k = answer["k"]

    def negative_binomial(self, method):
        import statsmodels.api as sm

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seconds, fit = cpu_seconds(lambda: sm.NegativeBinomial(self.y, self.x).fit(disp=0, method=method, maxiter=1000))
        self.record(f"statsmodels NegativeBinomial, {method}", seconds, fit.params, fit.llf)

    def glm(self):
        """Coefficients for a k that is given: less work than the others do."""
        import numpy as np
        import statsmodels.api as sm

        family = sm.families.NegativeBinomial(alpha=self.k)
        seconds, fit = cpu_seconds(lambda: sm.GLM(self.y, self.x, family=family).fit())
        self.record("statsmodels GLM, k given (not estimated)", seconds, np.array([*fit.params, self.k]), fit.llf)

    def table(self):
        import numpy as np

        base = statistics.median(self.seconds["Gongzhi"])
        lines = ["| tool | CPU-s | to ours | largest relative difference | log-likelihood below the best |", "|---|---:|---:|---:|---:|"]
        top = max([self.best_ll, *(a[1] for a in self.answers.values())])
        for tool, seconds in self.seconds.items():
            value = statistics.median(seconds)
            parameters, ll = self.answers[tool]
            spread = f" ({min(seconds):.3g}–{max(seconds):.3g})" if len(seconds) > 1 else ""
            differ = float(np.abs(parameters / self.best - 1).max())
            bold = "**" if tool == "Gongzhi" else ""
            lines.append(f"| {bold}{tool}{bold} | {value:.3g}{spread} | {value / base:.3g}× | {differ:.1e} | {top - ll:.1e} |")
        lines.append(f"\nStandard errors (observed information) differ from statsmodels' by {self.errors_differ:.1e} at most.")
        return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    enter_venv(RIVALS)
    print(f"{versions(RIVALS)}.\n")
    print("### Negative binomial regression (NB2), nine coefficients and k\n")
    print(f"Made sections: length, traffic, classes, slopes; k = 0.6; medians of {options.rounds} rounds.")
    with tempfile.TemporaryDirectory() as folder:
        for n in (10_000, 100_000):
            say(f"{n:,} places: the reference maximum …")
            case = Case(n, folder)
            for turn in range(options.rounds):
                say(f"{n:,} places, round {turn + 1} of {options.rounds} …")
                case.ours(1)
                if (os.cpu_count() or 1) > 1:
                    case.ours(os.cpu_count())
                for method in ("bfgs", "newton"):
                    attempt(method, lambda method=method: case.negative_binomial(method))
                attempt("GLM", case.glm)
            print(f"\n#### {n:,} places, {int(case.y.sum()):,} events\n")
            print(case.table())


if __name__ == "__main__":
    main()
