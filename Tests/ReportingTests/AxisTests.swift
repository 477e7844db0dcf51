import Reporting
import Testing

@Suite("Axes of plots")
struct AxisTests {
  @Test(
    "Ticks are round, distinct, and cover all values",
    arguments: [
      [3.64, 6.2], [0.001, 0.0012], [5.0], [], [100, 100],
    ])
  func axis(values: [Double]) {
    let axis = Axis(values, from: 400, to: 20)
    let labels = axis.ticks.map(axis.label)
    #expect(Set(labels).count == labels.count && (2...12).contains(labels.count))
    for value in values { #expect((20...400).contains(axis.place(value))) }
  }
}
