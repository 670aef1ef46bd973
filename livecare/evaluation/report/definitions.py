"""What the numbers mean, in a sentence each; `docs/evaluation.md` has them in full."""

from typing import Final

DEFINITIONS: Final = (
    (
        "PSNR",
        (
            "10 log10(range² / mean squared error), dB. The range is p99.9 − p0.1 of the truth, "
            "or 255 for FMD. Where the truth is the mean of other frames, the variance of that "
            "mean is subtracted from the error first."
        ),
    ),
    (
        "SSIM",
        ("Structural similarity, Gaussian window 11 × 11 with σ 1.5, K 0.01 and 0.03."),
    ),
    (
        "NRMSE",
        ("Root of the mean squared error over the root mean square of the truth."),
    ),
    (
        "photon factor",
        (
            "How many times more light, in one longer exposure, the raw image would need for the "
            "same mean squared error: k in λ/k + r²/k² = error, with λ the mean photons and r the"
            " read noise. 1 for the raw image, if the camera's values are right."
        ),
    ),
    (
        "intensity",
        ("Sum of the restored over sum of the true signal, both above the offset: 1.00."),
    ),
    (
        "residual",
        (
            "raw − restored in units of the camera's noise: its variance should be 1 and it "
            "should be white. Less variance: noise is left. Correlation: signal was taken away, "
            "or the noise itself is correlated."
        ),
    ),
    (
        "90 % interval holds",
        ("Part of the pixels whose truth lies within ± ln(10) · the predicted Laplace scale."),
    ),
    (
        "flicker",
        (
            "Temporal standard deviation of the means of static 16 × 16 regions, restored over "
            "raw (or over the truth, where there is one for each frame)."
        ),
    ),
    (
        "time courses",
        ("Correlation over time of raw and restored means of the most active regions."),
    ),
    (
        "* best Gaussian, median, Richardson-Lucy, Wiener",
        (
            "The setting that scores best against the truth over the whole set, PSNR and SSIM "
            "each with its own: an upper bound. NLM is calibrated without the truth, by "
            "predicting hidden pixels; BM3D has its authors' settings."
        ),
    ),
)
