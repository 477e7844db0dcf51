import Testing

@testable import Imaging

@Suite("Resampling")
struct ResamplingTests {
  private struct Case: Decodable {
    let rows, columns, channels, seed, toRows, toColumns: Int
    let interpolation, hash: String
    let box: [Float]?
  }

  @Test(
    "Every byte is Pillow's, for odd sizes, both filters, grey and colour, with and without a box")
  func bytes() throws {
    let all: [Case] = try cases("resampling")
    #expect(all.count > 150)
    for one in all {
      let image = RasterImage(
        rows: one.rows, columns: one.columns, channels: one.channels, seed: one.seed)
      let interpolation = try #require(Interpolation(rawValue: one.interpolation))
      let box = one.box.map { Resampler.Box(top: $0[1], left: $0[0], bottom: $0[3], right: $0[2]) }
      let resampler = Resampler(
        rows: one.rows, columns: one.columns, resultRows: one.toRows,
        resultColumns: one.toColumns, interpolation: interpolation, box: box)
      #expect(hash(resampler(image).bytes) == one.hash, "\(one)")
    }
  }

  @Test("A crop is resampled as if there were nothing around it", arguments: [1, 3])
  func crop(channels: Int) {
    let image = RasterImage(rows: 40, columns: 33, channels: channels, seed: 3)
    let crop = PixelRectangle(top: 5, left: 7, rows: 21, columns: 19)
    for interpolation in Interpolation.allCases {
      for (rows, columns) in [(16, 16), (21, 8), (50, 19), (21, 19)] {
        let direct = image.resampled(
          rows: rows, columns: columns, interpolation: interpolation, crop: crop)
        let copied = image.cropped(to: crop).resampled(
          rows: rows, columns: columns, interpolation: interpolation)
        #expect(direct == copied)
      }
    }
  }

  @Test("A resampler of another size, a box outside the picture, and a crop outside it trap")
  func misuse() async {
    await #expect(processExitsWith: .failure) {
      let resampler = Resampler(
        rows: 4, columns: 5, resultRows: 2, resultColumns: 2, interpolation: .bicubic)
      _ = resampler(RasterImage(rows: 5, columns: 4, channels: 1, seed: 0))
    }
    await #expect(processExitsWith: .failure) {
      _ = Resampler(
        rows: 4, columns: 5, resultRows: 2, resultColumns: 2, interpolation: .bicubic,
        box: .init(top: 0, left: 0, bottom: 4.5, right: 5))
    }
    await #expect(processExitsWith: .failure) {
      let image = RasterImage(rows: 4, columns: 5, channels: 1, seed: 0)
      _ = image.cropped(to: PixelRectangle(top: 2, left: 0, rows: 3, columns: 5))
    }
  }
}
