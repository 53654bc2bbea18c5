"""Inference in time series: Kalman, Gaussian and particle filters and their smoothers."""

from mathforml.time_series.gaussian import Filtered, Smoothed, gaussian_filter, gaussian_smoother
from mathforml.time_series.kalman import kalman_filter, kalman_smoother
from mathforml.time_series.model import LinearGaussian, Nonlinear, StateSpaceModel
from mathforml.time_series.particles import Particles, particle_filter, particle_smoother
from mathforml.time_series.rules import Linearisation, MomentMatching, Moments, Rule, Unscented, moments

__all__ = [
    "Filtered",
    "LinearGaussian",
    "Linearisation",
    "MomentMatching",
    "Moments",
    "Nonlinear",
    "Particles",
    "Rule",
    "Smoothed",
    "StateSpaceModel",
    "Unscented",
    "gaussian_filter",
    "gaussian_smoother",
    "kalman_filter",
    "kalman_smoother",
    "moments",
    "particle_filter",
    "particle_smoother",
]
