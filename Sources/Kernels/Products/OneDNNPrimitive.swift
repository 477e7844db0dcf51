#if OneDNN
  import COneDNN

  /// One compiled matrix product of oneDNN, with the descriptions of its operands.
  @safe final class OneDNNPrimitive {
    private let primitive: dnnl_primitive_t
    private let left: dnnl_memory_t
    private let right: dnnl_memory_t
    private let product: dnnl_memory_t
    private let scratchpad: dnnl_memory_t

    init(_ shape: OneDNNMatmul.Shape, _ engine: OneDNNEngine) {
      var left = Self.describe(shape.rows, shape.terms, shape.left)
      var right = Self.describe(shape.terms, shape.columns, shape.right)
      var product = Self.describe(shape.rows, shape.columns, shape.product)
      let description = unsafe Self.makeDescription(
        &left, &right, &product, adds: shape.adds, engine)
      defer {
        OneDNNEngine.require(
          unsafe dnnl_primitive_desc_destroy(description), "the end of a description")
      }
      var primitive: dnnl_primitive_t?
      OneDNNEngine.require(unsafe dnnl_primitive_create(&primitive, description), "\(shape)")
      guard let primitive = unsafe primitive,
        let scratch = unsafe dnnl_primitive_desc_query_md(
          description, dnnl_query_scratchpad_md, 0)
      else { preconditionFailure("oneDNN gave no primitive for \(shape)") }
      unsafe self.primitive = primitive
      unsafe self.left = Self.makeMemory(&left, engine)
      unsafe self.right = Self.makeMemory(&right, engine)
      unsafe self.product = Self.makeMemory(&product, engine)
      var scratchDescription = unsafe scratch.pointee
      engine.reserve(bytes: unsafe dnnl_memory_desc_get_size(scratch))
      unsafe scratchpad = Self.makeMemory(&scratchDescription, engine)
    }

    deinit {
      unsafe Self.destroy(left)
      unsafe Self.destroy(right)
      unsafe Self.destroy(product)
      unsafe Self.destroy(scratchpad)
      OneDNNEngine.require(unsafe dnnl_primitive_destroy(primitive), "the end of a primitive")
    }

    /// Computes the product of the operands that begin at these places.
    @unsafe func execute(
      left: UnsafeMutableRawPointer, right: UnsafeMutableRawPointer,
      product: UnsafeMutableRawPointer, _ engine: OneDNNEngine
    ) {
      let arguments = unsafe [
        Self.argument(DNNL_ARG_SRC, self.left, at: left),
        Self.argument(DNNL_ARG_WEIGHTS, self.right, at: right),
        Self.argument(DNNL_ARG_DST, self.product, at: product),
        Self.argument(DNNL_ARG_SCRATCHPAD, scratchpad, at: engine.scratchpad.base),
      ]
      OneDNNEngine.require(
        unsafe dnnl_primitive_execute(
          primitive, engine.stream, Int32(arguments.count), arguments), "a product")
      OneDNNEngine.require(unsafe dnnl_stream_wait(engine.stream), "the end of a product")
    }

    private static func argument(
      _ role: Int32, _ memory: dnnl_memory_t, at place: UnsafeMutableRawPointer
    ) -> dnnl_exec_arg_t {
      OneDNNEngine.require(unsafe dnnl_memory_set_data_handle(memory, place), "an operand")
      return unsafe dnnl_exec_arg_t(arg: role, memory: memory)
    }

    private static func destroy(_ memory: dnnl_memory_t) {
      OneDNNEngine.require(unsafe dnnl_memory_destroy(memory), "the end of an operand")
    }

    private static func describe(
      _ rows: Int, _ columns: Int, _ layout: OneDNNMatmul.Layout
    ) -> dnnl_memory_desc_t {
      var description = dnnl_memory_desc_t()
      OneDNNEngine.require(
        unsafe dnnl_memory_desc_init_by_strides(
          &description, 2, [dnnl_dim_t(rows), dnnl_dim_t(columns)], layout.type,
          [dnnl_dim_t(layout.rowStride), dnnl_dim_t(layout.columnStride)]),
        "a matrix of \(rows) × \(columns)")
      return description
    }

    private static func makeDescription(
      _ left: inout dnnl_memory_desc_t, _ right: inout dnnl_memory_desc_t,
      _ product: inout dnnl_memory_desc_t, adds: Bool, _ engine: OneDNNEngine
    ) -> dnnl_primitive_desc_t {
      var operation = dnnl_matmul_desc_t()
      OneDNNEngine.require(
        unsafe dnnl_matmul_desc_init(&operation, &left, &right, nil, &product), "a product")
      var attributes: dnnl_primitive_attr_t?
      OneDNNEngine.require(unsafe dnnl_primitive_attr_create(&attributes), "attributes")
      OneDNNEngine.require(
        unsafe dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user),
        "a scratchpad")
      // ONEDNN_DEFAULT_FPMATH_MODE could otherwise make products of floats use bf16.
      OneDNNEngine.require(
        unsafe dnnl_primitive_attr_set_fpmath_mode(attributes, dnnl_fpmath_mode_strict),
        "strict arithmetic")
      var operations: dnnl_post_ops_t?
      OneDNNEngine.require(unsafe dnnl_post_ops_create(&operations), "a sum")
      if adds {
        OneDNNEngine.require(unsafe dnnl_post_ops_append_sum(operations, 1), "a sum")
        OneDNNEngine.require(
          unsafe dnnl_primitive_attr_set_post_ops(attributes, operations), "a sum")
      }
      var description: dnnl_primitive_desc_t?
      OneDNNEngine.require(
        unsafe dnnl_primitive_desc_create(
          &description, &operation, attributes, engine.engine, nil), "a product")
      OneDNNEngine.require(unsafe dnnl_post_ops_destroy(operations), "the end of a sum")
      OneDNNEngine.require(
        unsafe dnnl_primitive_attr_destroy(attributes), "the end of attributes")
      guard let description = unsafe description else {
        preconditionFailure("oneDNN gave no description of a product")
      }
      return unsafe description
    }

    private static func makeMemory(
      _ description: inout dnnl_memory_desc_t, _ engine: OneDNNEngine
    ) -> dnnl_memory_t {
      var memory: dnnl_memory_t?
      OneDNNEngine.require(
        unsafe dnnl_memory_create(&memory, &description, engine.engine, nil), "an operand")
      guard let memory = unsafe memory else { preconditionFailure("oneDNN gave no memory") }
      return unsafe memory
    }
  }
#endif
