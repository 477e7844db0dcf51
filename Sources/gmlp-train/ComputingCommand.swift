import ArgumentParser

/// A command that multiplies matrices in this process, and so needs good kernels.
protocol ComputingCommand: ParsableCommand {}
