import Model
import Testing

@Suite("Matrix products")
struct MatrixProductTests {
  @Test(
    "The products of a block are three times its forward multiply-adds",
    arguments: ModelConfiguration.presetNames)
  func multiplyAdds(name: String) throws {
    var configuration = try #require(ModelConfiguration.preset(name))
    let products = try Model(configuration).blockProducts(microBatchSize: 1)
    let deep = ModelCost(try Model(configuration)).multiplyAdds
    configuration.numLayers -= 1
    let block = deep - ModelCost(try Model(configuration)).multiplyAdds
    // Every head of attention has the same products, of which each is named once.
    let headSize = configuration.dModel / configuration.numHeads
    let all = products.map { product in
      let isOfHead =
        configuration.kind == .transformer && product.rows == configuration.tokens
        && [product.columns, product.terms].sorted() == [configuration.tokens, headSize].sorted()
      return product.multiplyAdds * (isOfHead ? configuration.numHeads : 1)
    }
    #expect(all.reduce(0, +) == 3 * block)
  }

  @Test("Only gradients of weights are added to what is there")
  func adding() throws {
    let products = try Model(ModelConfiguration()).blockProducts(microBatchSize: 16)
    #expect(products.count == 9 && products.filter(\.adds).count == 3)
    // The products of a linear layer take all samples of a chunk, those of the gate one.
    let tokens = ModelConfiguration().imageSize[0] / 4 * 7
    #expect(Set(products.map(\.rows)).contains { $0 > tokens && $0 % tokens == 0 })
  }
}
