"""The wheel takes along, in solver/shipped, what stands beside the packages in a clone: examples, tests and pages."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["solver*", "meshes*"]), "solver.shipped"],
    package_dir={"solver.shipped": "."},
)
