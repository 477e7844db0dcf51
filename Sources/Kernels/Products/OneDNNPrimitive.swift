#if OneDNN
  import COneDNN

  /// One compiled matrix product of oneDNN, with the descriptions of its operands.
  @safe final class OneDNNPrimitive {
    private let made: conednn_product

    init(_ shape: OneDNNMatmul.Shape, _ engine: OneDNNEngine) {
      var left = Self.describe(shape.rows, shape.terms, shape.left)
      var right = Self.describe(shape.terms, shape.columns, shape.right)
      var product = Self.describe(shape.rows, shape.columns, shape.product)
      var made = unsafe conednn_product()
      OneDNNEngine.require(
        unsafe conednn_make_product(
          engine.engine, &left, &right, &product, shape.adds ? 1 : 0, &made), "\(shape)")
      unsafe self.made = unsafe made
      engine.reserve(bytes: unsafe made.scratchpad_bytes)
    }

    deinit {
      unsafe Self.destroy(made.left)
      unsafe Self.destroy(made.right)
      unsafe Self.destroy(made.product)
      unsafe Self.destroy(made.scratchpad)
      OneDNNEngine.require(unsafe dnnl_primitive_destroy(made.primitive), "the end of a primitive")
    }

    /// Computes the product of the operands that begin at these places.
    @unsafe func execute(
      left: UnsafeMutableRawPointer, right: UnsafeMutableRawPointer,
      product: UnsafeMutableRawPointer, _ engine: OneDNNEngine
    ) {
      let arguments = unsafe [
        Self.argument(DNNL_ARG_SRC, made.left, at: left),
        Self.argument(DNNL_ARG_WEIGHTS, made.right, at: right),
        Self.argument(DNNL_ARG_DST, made.product, at: product),
        Self.argument(DNNL_ARG_SCRATCHPAD, made.scratchpad, at: engine.scratchpad.base),
      ]
      OneDNNEngine.require(
        unsafe dnnl_primitive_execute(
          made.primitive, engine.stream, Int32(arguments.count), arguments), "a product")
      OneDNNEngine.require(unsafe dnnl_stream_wait(engine.stream), "the end of a product")
    }

    private static func argument(
      _ role: Int32, _ memory: dnnl_memory_t?, at place: UnsafeMutableRawPointer
    ) -> dnnl_exec_arg_t {
      OneDNNEngine.require(unsafe dnnl_memory_set_data_handle(memory, place), "an operand")
      return unsafe dnnl_exec_arg_t(arg: role, memory: memory)
    }

    private static func destroy(_ memory: dnnl_memory_t?) {
      OneDNNEngine.require(unsafe dnnl_memory_destroy(memory), "the end of an operand")
    }

    private static func describe(
      _ rows: Int, _ columns: Int, _ layout: OneDNNMatmul.Layout
    ) -> conednn_matrix {
      conednn_matrix(
        rows: dnnl_dim_t(rows), columns: dnnl_dim_t(columns),
        row_stride: dnnl_dim_t(layout.rowStride), column_stride: dnnl_dim_t(layout.columnStride),
        type: layout.type)
    }
  }
#endif
