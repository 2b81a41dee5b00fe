"""Bad input of every kind is refused with Keras' exception type, and a message that says who, what and why."""

import numpy as np
import pytest

import addax as tf

K, L, Invalid = tf.keras, tf.keras.layers, tf.errors.InvalidArgumentError
ones = lambda *shape: tf.ones(shape)  # noqa: E731
X, Y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")


def model():
    return K.Sequential([K.Input((3,)), L.Dense(3, name="dense_a"), L.Dense(1)])


def compiled():
    made = model()
    made.compile("sgd", "mse")
    return made


def sparse():
    made = K.Sequential([K.Input((3,)), L.Dense(3, activation="softmax")])
    made.compile("sgd", "sparse_categorical_crossentropy")
    return made


def two():
    a, b = K.Input((3,), name="a"), K.Input((3,), name="b")
    return K.Model([a, b], [L.Dense(1, name="out_a")(a), L.Dense(1, name="out_b")(b)])


def built():
    made = L.Dense(3)
    made.build((None, 3))
    return made


class NoSuper(L.Layer):
    def __init__(self):
        pass

    def call(self, inputs):
        return inputs


class NoSuperAttribute(L.Layer):
    def __init__(self):
        self.dense = L.Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


class InCall(L.Layer):
    def call(self, inputs):
        return inputs * self.add_weight("w", ())


class WithNone(L.Layer):
    def build(self, shape):
        self.w = self.add_weight("w", (shape[-1],))

    def call(self, inputs):
        return inputs * self.w


class BuildRaises(L.Layer):
    def build(self, shape):
        raise ValueError("not these")

    def call(self, inputs):
        return inputs


class NoMask(L.Layer):
    pass


# What is done, and the type that tf.keras 2.21 raises.
CASES = {
    # Names.
    "activation name": (lambda: L.Dense(3, activation="reluu"), ValueError),
    "activation type": (lambda: L.Dense(3, activation=3), TypeError),
    "activation get": (lambda: K.activations.get("sigmoidd"), ValueError),
    "initializer name": (lambda: L.Dense(3, kernel_initializer="glorot_unifrm"), ValueError),
    "initializer type": (lambda: L.Dense(3, kernel_initializer=3), ValueError),
    "constraint name": (lambda: L.Dense(3, kernel_constraint="non_nge"), ValueError),
    "loss name": (lambda: K.losses.get("mean_sqared_error"), ValueError),
    "loss type": (lambda: K.losses.get(3), ValueError),
    "metric type": (lambda: K.metrics.get(3), ValueError),
    "optimizer name": (lambda: K.optimizers.get("adamm"), ValueError),
    "optimizer type": (lambda: K.optimizers.get(3), ValueError),
    "compile optimizer": (lambda: model().compile("adamm", "mse"), ValueError),
    "compile loss": (lambda: (m := model()).compile("sgd", "msee") or m.fit(X, Y, verbose=0), ValueError),
    "compile loss type": (lambda: (m := model()).compile("sgd", 3) or m.fit(X, Y, verbose=0), ValueError),
    "policy name": (lambda: L.Dense(3, dtype="mixed_float17"), TypeError),
    "global policy": (lambda: K.mixed_precision.set_global_policy("int32"), ValueError),
    "padding": (lambda: L.Conv2D(3, 3, padding="sme"), ValueError),
    "padding pool": (lambda: L.MaxPooling2D(padding="sme"), ValueError),
    "padding causal": (lambda: L.Conv2D(3, 3, padding="causal"), ValueError),
    "data_format": (lambda: L.Conv2D(3, 3, data_format="channel_last"), ValueError),
    "data_format pool": (lambda: L.GlobalMaxPooling2D(data_format="last"), ValueError),
    "interpolation": (lambda: L.UpSampling2D(interpolation="nearst"), NotImplementedError),
    "merge_mode": (lambda: L.Bidirectional(L.GRU(2), merge_mode="sumx"), ValueError),
    "reduction": (lambda: K.losses.MeanSquaredError(reduction="summ"), ValueError),
    "score_mode": (lambda: L.Attention(score_mode="dott"), ValueError),
    "output_mode": (lambda: L.CategoryEncoding(num_tokens=3, output_mode="multihot"), ValueError),
    "standardize": (lambda: L.TextVectorization(standardize="upper_strip"), ValueError),
    "split": (lambda: L.TextVectorization(split="whitespaces"), ValueError),
    "auc curve": (lambda: K.metrics.AUC(curve="ROCC"), ValueError),
    "auc summation": (lambda: K.metrics.AUC(summation_method="interpolate"), ValueError),
    "random flip mode": (lambda: L.RandomFlip("sideways"), ValueError),
    "fill_mode": (lambda: L.RandomRotation(0.1, fill_mode="refl"), NotImplementedError),
    # Numbers of constructors.
    "units negative": (lambda: L.Dense(-3), ValueError),
    "units string": (lambda: L.Dense("three"), ValueError),
    "units None": (lambda: L.Dense(None), TypeError),
    "filters 0": (lambda: L.Conv2D(0, 3), ValueError),
    "filters negative": (lambda: L.Conv2D(-2, 3), ValueError),
    "filters groups": (lambda: L.Conv2D(3, 3, groups=2), ValueError),
    "channels by groups": (lambda: L.Conv2D(4, 3, groups=2)(ones(1, 5, 5, 3)), ValueError),
    "kernel 0": (lambda: L.Conv2D(3, 0), ValueError),
    "kernel length": (lambda: L.Conv2D(3, (3, 3, 3)), ValueError),
    "kernel string": (lambda: L.Conv2D(3, "ab"), ValueError),
    "strides 0": (lambda: L.Conv2D(3, 3, strides=0), ValueError),
    "strides negative": (lambda: L.Conv2D(3, 3, strides=-1), ValueError),
    "strides and dilation": (lambda: L.Conv2D(3, 3, strides=2, dilation_rate=2), ValueError),
    "pool size": (lambda: L.MaxPooling2D((2, 2, 2)), ValueError),
    "kernel over input": (lambda: L.Conv2D(3, 7)(ones(1, 4, 4, 3)), ValueError),
    "rate": (lambda: L.Dropout(1.5), ValueError),
    "rate negative": (lambda: L.Dropout(-0.1), ValueError),
    "spatial rate": (lambda: L.SpatialDropout1D(-0.5), ValueError),
    "rnn units": (lambda: L.LSTM(0), ValueError),
    "gru units negative": (lambda: L.GRU(-1), ValueError),
    "simple rnn units": (lambda: L.SimpleRNN(0), ValueError),
    "embedding input_dim": (lambda: L.Embedding(0, 3), ValueError),
    "embedding output_dim": (lambda: L.Embedding(3, 0), ValueError),
    "embedding index": (lambda: L.Embedding(3, 2)(np.array([[5]])), Invalid),
    "leaky alpha None": (lambda: L.LeakyReLU(None), ValueError),
    "relu max": (lambda: L.ReLU(max_value=-1.0), ValueError),
    "relu slope": (lambda: L.ReLU(negative_slope=-1.0), ValueError),
    "thresholded None": (lambda: L.ThresholdedReLU(theta=None), ValueError),
    "group_norm groups": (lambda: L.GroupNormalization(groups=2)(ones(2, 3)), ValueError),
    "batch_norm axis": (lambda: L.BatchNormalization(axis=4)(ones(2, 3)), ValueError),
    "layer_norm axis": (lambda: L.LayerNormalization(axis=3)(ones(2, 3)), ValueError),
    "layer_norm axis type": (lambda: L.LayerNormalization(axis="a"), TypeError),
    "batch_norm axis type": (lambda: L.BatchNormalization(axis="a"), TypeError),
    "unit_norm axis": (lambda: L.UnitNormalization(axis=4)(ones(2, 3)), ValueError),
    "unit_norm axes": (lambda: L.UnitNormalization(axis=[1, 1])(ones(2, 3)), ValueError),
    "repeat type": (lambda: L.RepeatVector("a"), TypeError),
    "repeat float": (lambda: L.RepeatVector(2.5), TypeError),
    "permute dims": (lambda: L.Permute((0, 1)), ValueError),
    "permute dims 2": (lambda: L.Permute((1, 3)), ValueError),
    "reshape size": (lambda: L.Reshape((7,))(ones(2, 3)), Invalid),
    "reshape unknown twice": (lambda: L.Reshape((-1, -1))(ones(2, 4)), Invalid),
    "cropping negative": (lambda: L.Cropping2D(((1, 1, 1), (1, 1))), ValueError),
    "cropping over": (lambda: L.Cropping1D(4)(ones(1, 5, 2)), ValueError),
    "zeropad": (lambda: L.ZeroPadding2D((1, 2, 3)), ValueError),
    "upsampling size": (lambda: L.UpSampling2D((2, 2, 2)), ValueError),
    "hashing bins": (lambda: L.Hashing(0), ValueError),
    "discretization both": (lambda: L.Discretization([1.0], num_bins=2), ValueError),
    "category tokens": (lambda: L.CategoryEncoding()(np.array([[1]])), ValueError),
    "category range": (lambda: L.CategoryEncoding(num_tokens=3)(np.array([[5]])), Invalid),
    "random factor": (lambda: L.RandomContrast(-0.5), ValueError),
    "rotation factor": (lambda: L.RandomRotation((1.0, -1.0)), ValueError),
    "lookup max_tokens": (lambda: L.StringLookup(max_tokens=0), ValueError),
    "lookup oov": (lambda: L.StringLookup(num_oov_indices=-1), ValueError),
    "lookup twice": (lambda: L.StringLookup(vocabulary=["a", "a"]), ValueError),
    "normalization variance": (lambda: L.Normalization(mean=1.0), ValueError),
    "mha heads": (lambda: L.MultiHeadAttention(num_heads=2, key_dim=2, attention_axes=None)(ones(2, 3, 4)), TypeError),
    "learning_rate": (lambda: K.optimizers.SGD(learning_rate="fast"), TypeError),
    "momentum": (lambda: K.optimizers.SGD(momentum=2.0), ValueError),
    "clips": (lambda: K.optimizers.SGD(clipnorm=1.0, global_clipnorm=1.0), ValueError),
    "optimizer argument": (lambda: K.optimizers.Adam(lr_rate=0.1), TypeError),
    "ema": (lambda: K.optimizers.SGD(use_ema=True, ema_momentum=2.0), ValueError),
    "exponential steps": (lambda: K.optimizers.schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]), ValueError),
    "top k": (lambda: K.metrics.Precision(top_k=2, class_id=1, thresholds=[2.0]), ValueError),
    "precision threshold": (lambda: K.metrics.Precision(thresholds=-1.0), ValueError),
    "iou classes": (lambda: K.metrics.IoU(num_classes=2, target_class_ids=[3]), ValueError),
    "sensitivity": (lambda: K.metrics.SensitivityAtSpecificity(2.0), ValueError),
    "auc thresholds": (lambda: K.metrics.AUC(num_thresholds=1), ValueError),
    "max_norm": (lambda: K.constraints.MaxNorm("a")(tf.ones((2, 2))), TypeError),
    "variance scaling": (lambda: K.initializers.VarianceScaling(scale=-1.0), ValueError),
    "variance mode": (lambda: K.initializers.VarianceScaling(mode="fan_inn"), ValueError),
    "variance distribution": (lambda: K.initializers.VarianceScaling(distribution="norm"), ValueError),
    "orthogonal rank": (lambda: K.initializers.Orthogonal()((3,)), ValueError),
    "identity rank": (lambda: K.initializers.Identity()((3, 3, 3)), ValueError),
    "initializer dtype": (lambda: K.initializers.Ones()((2,), dtype="strng"), TypeError),
    "l2 type": (lambda: K.regularizers.L2("a"), ValueError),
    # Calls of layers.
    "no inputs": (lambda: L.Dense(3)(), ValueError),
    "unknown call argument": (lambda: L.Dense(3)(ones(2, 3), foo=1), TypeError),
    "unknown constructor argument": (lambda: L.Dense(3, foo=1), TypeError),
    "missing constructor argument": (lambda: L.Dense(), TypeError),
    "string input": (lambda: L.Dense(3)(np.array([["a"]])), tf.errors.UnimplementedError),
    "None input": (lambda: L.Dense(3)(None), TypeError),
    "scalar input": (lambda: L.Dense(3)(1.0), ValueError),
    "rank 1 to dense": (lambda: L.Dense(3)(ones(3)), ValueError),
    "rank to conv": (lambda: L.Conv2D(3, 3)(ones(2, 5, 5)), ValueError),
    "rank to conv1d": (lambda: L.Conv1D(3, 3)(ones(2, 5)), ValueError),
    "rank to rnn": (lambda: L.LSTM(3)(ones(2, 5)), ValueError),
    "rank to pool": (lambda: L.MaxPooling2D()(ones(2, 5, 5)), ValueError),
    "rank to repeat": (lambda: L.RepeatVector(2)(ones(2, 5, 5)), ValueError),
    "rank to flatten": (lambda: L.ZeroPadding2D()(ones(2, 5)), ValueError),
    "symbolic rank": (lambda: L.Conv2D(3, 3)(K.Input((5, 5))), ValueError),
    "last axis unknown": (lambda: L.Dense(3)(K.Input((None,))), ValueError),
    "channels unknown": (lambda: L.Conv2D(3, 3)(K.Input((5, 5, None))), ValueError),
    "reuse dense": (lambda: (d := L.Dense(3))(ones(2, 3)) is None or d(ones(2, 4)), ValueError),
    "reuse conv": (lambda: (d := L.Conv2D(3, 2))(ones(2, 3, 3, 2)) is None or d(ones(2, 3, 3, 1)), ValueError),
    "reuse lstm": (lambda: (d := L.LSTM(3))(ones(2, 3, 2)) is None or d(ones(2, 3, 4)), ValueError),
    "reuse batch_norm": (lambda: (d := L.BatchNormalization())(ones(2, 3)) is None or d(ones(2, 4)), ValueError),
    "reuse layer_norm": (lambda: (d := L.LayerNormalization())(ones(2, 3)) is None or d(ones(2, 4)), Invalid),
    "reuse normalization": (
        lambda: L.Normalization(mean=[1.0, 2.0], variance=[1.0, 1.0])(ones(2, 3)),
        ValueError,
    ),
    "add one": (lambda: L.Add()(ones(2, 3)), ValueError),
    "add shapes": (lambda: L.Add()([ones(2, 3), ones(2, 4)]), ValueError),
    "subtract three": (lambda: L.Subtract()([ones(2, 3)] * 3), ValueError),
    "concatenate shapes": (lambda: L.Concatenate()([ones(2, 3), ones(3, 4)]), ValueError),
    "concatenate ranks": (lambda: L.Concatenate()([ones(2, 3), ones(2, 3, 4)]), ValueError),
    "concatenate one": (lambda: L.Concatenate()(ones(2, 3)), ValueError),
    "dot axes": (lambda: L.Dot(axes=(1, 2))([ones(2, 3), ones(2, 4)]), IndexError),
    "dot sizes": (lambda: L.Dot(axes=1)([ones(2, 3), ones(2, 4)]), ValueError),
    "dot type": (lambda: L.Dot(axes="a"), TypeError),
    "dot one": (lambda: L.Dot(axes=1)(ones(2, 3)), ValueError),
    "attention one": (lambda: L.Attention()(ones(2, 3, 4)), ValueError),
    "attention four": (lambda: L.Attention()([ones(2, 3, 4)] * 4), ValueError),
    "attention mask": (lambda: L.Attention()([ones(2, 3, 4)] * 2, mask=[tf.ones((2, 3), tf.bool)]), ValueError),
    "attention sizes": (lambda: L.Attention()([ones(2, 3, 4), ones(2, 3, 5)]), Invalid),
    "mha sizes": (lambda: L.MultiHeadAttention(2, 2)(ones(2, 3, 4), ones(3, 3, 4)), Invalid),
    "einsum equation": (lambda: L.EinsumDense("ab,bc", 3)(ones(2, 3)), ValueError),
    "einsum bias": (lambda: L.EinsumDense("ab,bc->ac", 3, bias_axes="z")(ones(2, 3)), ValueError),
    "rnn initial state": (lambda: L.LSTM(3)(ones(2, 4, 2), initial_state=[ones(2, 3)]), ValueError),
    "rnn state size": (lambda: L.GRU(3)(ones(2, 4, 2), initial_state=ones(2, 5)), ValueError),
    "rnn mask": (lambda: L.LSTM(3)(ones(2, 4, 2), mask=tf.ones((2, 7), tf.bool)), ValueError),
    "rnn stateful batch": (lambda: L.LSTM(3, stateful=True)(K.Input((4, 2))), ValueError),
    "rnn stateful other batch": (
        lambda: (d := L.LSTM(3, stateful=True))(ones(2, 4, 2)) is None or d(ones(3, 4, 2)),
        ValueError,
    ),
    "rnn reset": (lambda: L.LSTM(3).reset_states(), AttributeError),
    "rnn reset shape": (
        lambda: (d := L.LSTM(3, stateful=True))(ones(2, 4, 2)) is None or d.reset_states([ones(2, 3)]),
        ValueError,
    ),
    "rnn cell": (lambda: L.RNN("cell"), ValueError),
    "rnn cell without size": (lambda: L.RNN(L.Dense(3)), ValueError),
    "bidirectional backward": (lambda: L.Bidirectional(L.LSTM(3), backward_layer=L.LSTM(3)), ValueError),
    "time distributed layer": (lambda: L.TimeDistributed(3), ValueError),
    "time distributed rank": (lambda: L.TimeDistributed(L.Dense(3))(ones(3)), ValueError),
    "spectral layer": (lambda: L.SpectralNormalization(L.Flatten())(ones(2, 3)), ValueError),
    "wrapper": (lambda: L.Wrapper(3), ValueError),
    "conv transpose output padding": (lambda: L.Conv2DTranspose(3, 3, strides=2, output_padding=2), ValueError),
    "depthwise channels": (lambda: L.DepthwiseConv2D(3)(K.Input((5, 5, None))), ValueError),
    "locally padding": (lambda: L.LocallyConnected1D(3, 2, padding="same"), ValueError),
    "locally implementation": (lambda: L.LocallyConnected1D(3, 2, implementation=7)(ones(1, 4, 2)), ValueError),
    "lambda raises": (lambda: L.Lambda(lambda x: x @ x)(ones(2, 3)), Invalid),
    "lambda type": (lambda: L.Lambda(3)(ones(2, 3)), TypeError),
    "crop over": (lambda: L.CenterCrop(4, 4)(ones(3)), Invalid),
    "resizing type": (lambda: L.Resizing(4, 4, interpolation="bilinearr"), NotImplementedError),
    "discretization input": (lambda: L.Discretization([0.0])(np.array(["a"])), Invalid),
    "integer lookup input": (lambda: L.IntegerLookup(vocabulary=[1])(np.array(["a"])), tf.errors.UnimplementedError),
    # Classes of users.
    "no super": (lambda: NoSuper()(ones(2, 3)), RuntimeError),
    "no super attribute": (lambda: NoSuperAttribute()(ones(2, 3)), RuntimeError),
    "no call": (lambda: K.Model()(ones(2, 3)), NotImplementedError),
    "weights in call": (lambda: tf.function(InCall())(ones(2, 3)), ValueError),
    "attribute read only": (lambda: setattr(L.Dense(3), "weights", []), AttributeError),
    "build raises": (lambda: BuildRaises()(ones(2, 3)), ValueError),
    "trainable type": (lambda: L.Dense(3, trainable="yes"), TypeError),
    "mask unsupported": (lambda: NoMask().compute_mask(ones(2, 3), tf.ones((2,), tf.bool)), TypeError),
    "add_weight string": (lambda: L.Layer().add_weight("w", (2,), dtype="strng"), TypeError),
    "add_weight initializer": (lambda: L.Layer().add_weight("w", (2,), initializer="onces"), ValueError),
    "add_metric without name": (lambda: L.Layer().add_metric(tf.ones(())), ValueError),
    "input of unbuilt": (lambda: L.Dense(3).input, AttributeError),
    "output of unbuilt": (lambda: L.Dense(3).output, AttributeError),
    "count_params unbuilt": (lambda: L.Dense(3).count_params(), ValueError),
    # Weights.
    "set_weights count": (lambda: built().set_weights([np.ones((3, 3))]), ValueError),
    "set_weights shape": (lambda: built().set_weights([np.ones((3, 4)), np.ones(3)]), ValueError),
    "set_weights unbuilt": (lambda: L.Dense(3).set_weights([np.ones((3, 3))]), ValueError),
    "set_weights of model": (lambda: model().set_weights([np.ones((3, 3))]), ValueError),
    "load_weights missing": (lambda: model().load_weights("no/such/x.h5"), FileNotFoundError),
    # Models and training.
    "model no inputs": (lambda: K.Model(inputs=None, outputs=K.Input((2,))), ValueError),
    "model disconnected": (lambda: K.Model(K.Input((2,)), L.Dense(2)(K.Input((2,)))), ValueError),
    "model tensor output": (lambda: K.Model(K.Input((2,)), ones(2, 3)), ValueError),
    "model not keras": (lambda: K.Model([1], [2]), ValueError),
    "model input of layer": (lambda: K.Model(L.Dense(2)(K.Input((2,))) * 2.0, L.Dense(2)(K.Input((2,)))), ValueError),
    "duplicate names": (lambda: K.Sequential([L.Dense(2, name="a"), L.Dense(2, name="a")]), ValueError),
    "sequential layer type": (lambda: K.Sequential([3]), TypeError),
    "sequential pop": (lambda: K.Sequential().pop(), TypeError),
    "get_layer name": (lambda: model().get_layer("dens"), ValueError),
    "get_layer index": (lambda: model().get_layer(index=10), ValueError),
    "get_layer nothing": (lambda: model().get_layer(), ValueError),
    "model shape": (lambda: model()(ones(2, 5)), ValueError),
    "model rank": (lambda: model()(ones(2, 5, 5)), ValueError),
    "model input count": (lambda: two()(ones(2, 3)), ValueError),
    "model input names": (lambda: two()({"a": ones(2, 3), "c": ones(2, 3)}), ValueError),
    "model summary unbuilt": (lambda: K.Sequential([L.Dense(2)]).summary(), ValueError),
    "fit not compiled": (lambda: model().fit(X, Y), RuntimeError),
    "evaluate not compiled": (lambda: model().evaluate(X, Y), RuntimeError),
    "fit shapes": (lambda: compiled().fit(X, Y[:3], verbose=0), ValueError),
    "fit x shape": (lambda: compiled().fit(np.ones((8, 7)), Y, verbose=0), ValueError),
    "fit no y": (lambda: compiled().fit(X, verbose=0), ValueError),
    "fit batch_size": (lambda: compiled().fit(X, Y, batch_size=0, verbose=0), ValueError),
    "fit validation_split": (lambda: compiled().fit(X, Y, validation_split=2.0, verbose=0), ValueError),
    "fit validation_data": (lambda: compiled().fit(X, Y, validation_data=(X, Y, X, Y), verbose=0), ValueError),
    "fit class_weight": (lambda: compiled().fit(X, Y, class_weight={0: 1.0}, verbose=0), Invalid),
    "fit sample_weight": (lambda: compiled().fit(X, Y, sample_weight=np.ones(5), verbose=0), ValueError),
    "fit dataset and y": (lambda: compiled().fit(tf.data.Dataset.from_tensors((X, Y)), Y, verbose=0), ValueError),
    "fit strings": (
        lambda: compiled().fit(np.array([["a", "b", "c"]]), Y[:1], verbose=0),
        tf.errors.UnimplementedError,
    ),
    "fit epochs": (lambda: compiled().fit(X, Y, epochs="a", verbose=0), TypeError),
    "fit callbacks": (lambda: compiled().fit(X, Y, callbacks=[3], verbose=0), AttributeError),
    "fit missing sparse label": (lambda: sparse().fit(X, np.full((8, 1), 9), verbose=0), Invalid),
    "predict shape": (lambda: compiled().predict(np.ones((2, 7)), verbose=0), ValueError),
    "losses names": (
        lambda: (m := two()).compile("sgd", {"nope": "mse"}) or m.fit([X, X], [Y, Y], verbose=0),
        ValueError,
    ),
    "loss_weights names": (
        lambda: (m := two()).compile("sgd", "mse", loss_weights={"nope": 1.0}) or m.fit([X, X], [Y, Y], verbose=0),
        ValueError,
    ),
    "metrics names": (
        lambda: (m := two()).compile("sgd", "mse", metrics={"nope": "mae"}) or m.fit([X, X], [Y, Y], verbose=0),
        ValueError,
    ),
    "metrics count": (
        lambda: (
            (m := two()).compile("sgd", "mse", metrics=[["mae"], ["mae"], ["mae"]]) or m.fit([X, X], [Y, Y], verbose=0)
        ),
        ValueError,
    ),
    "outputs count": (lambda: (m := two()).compile("sgd", "mse") or m.fit([X, X], [Y, Y, Y], verbose=0), ValueError),
    "inputs count": (lambda: (m := two()).compile("sgd", "mse") or m.fit([X, X, X], [Y, Y], verbose=0), ValueError),
    # Losses and metrics.
    "mse shapes": (lambda: K.losses.mean_squared_error(ones(2, 3), ones(2, 4)), Invalid),
    "MSE shapes": (lambda: K.losses.MeanSquaredError()(ones(2, 3), ones(2, 4)), Invalid),
    "bce shapes": (lambda: K.losses.BinaryCrossentropy()(ones(2, 3), ones(2, 4)), Invalid),
    "cce shapes": (lambda: K.losses.CategoricalCrossentropy()(ones(2, 3), ones(2, 4)), ValueError),
    "scce shapes": (lambda: K.losses.SparseCategoricalCrossentropy()(ones(2, 3), ones(2, 4)), ValueError),
    "cosine shapes": (lambda: K.losses.CosineSimilarity()(ones(2, 3), ones(2, 4)), Invalid),
    "huber shapes": (lambda: K.losses.Huber()(ones(2, 3), ones(2, 4)), Invalid),
    "kld shapes": (lambda: K.losses.KLDivergence()(ones(2, 3), ones(2, 4)), Invalid),
    "hinge labels": (lambda: K.losses.Hinge()(ones(2, 3), ones(2, 4)), Invalid),
    "loss weights": (
        lambda: K.losses.MeanSquaredError()(ones(2, 3), ones(2, 3), sample_weight=np.ones(5, "float32")),
        Invalid,
    ),
    "loss weights 2": (
        lambda: K.losses.MeanSquaredError()(ones(4, 3), ones(4, 3), sample_weight=np.ones((4, 7), "float32")),
        Invalid,
    ),
    "loss of strings": (lambda: K.losses.MeanSquaredError()(np.array(["a"]), np.array(["b"])), Invalid),
    "loss argument": (lambda: K.losses.MeanSquaredError(foo=1), TypeError),
    "loss label smoothing": (lambda: K.losses.CategoricalCrossentropy(label_smooth=0.1), TypeError),
    "loss abstract": (lambda: K.losses.Loss()(ones(2), ones(2)), NotImplementedError),
    "metric shapes": (lambda: K.metrics.MeanSquaredError()(ones(2, 3), ones(2, 4)), Invalid),
    "accuracy shapes": (lambda: K.metrics.BinaryAccuracy()(ones(2, 3), ones(2, 4)), Invalid),
    "precision shapes": (lambda: K.metrics.Precision()(ones(2, 3), ones(2, 4)), ValueError),
    "auc shapes": (lambda: K.metrics.AUC()(ones(2, 3), ones(2, 4)), ValueError),
    "metric weights": (lambda: K.metrics.Mean()(ones(2, 3), sample_weight=np.ones(5, "float32")), Invalid),
    "metric weights 2": (
        lambda: K.metrics.MeanSquaredError()(ones(2, 3), ones(2, 3), sample_weight=np.ones(5, "float32")),
        Invalid,
    ),
    "precision weights": (
        lambda: K.metrics.Precision()(ones(2, 3), ones(2, 3), sample_weight=np.ones(5, "float32")),
        ValueError,
    ),
    "mean iou range": (lambda: K.metrics.MeanIoU(num_classes=2)(np.array([5]), np.array([1])), Invalid),
    "metric argument": (lambda: K.metrics.Mean(foo=1), TypeError),
    "metric abstract": (lambda: K.metrics.Metric(), TypeError),
    "merge_state": (lambda: K.metrics.Mean().merge_state([K.metrics.AUC()]), ValueError),
    "f1 average": (lambda: K.metrics.F1Score(average="macroo"), ValueError),
    "f1 rank": (lambda: K.metrics.F1Score()(ones(2), ones(2)), ValueError),
    "r2 class": (lambda: K.metrics.R2Score(class_aggregation="nope"), ValueError),
    # Optimizers.
    "apply None": (lambda: K.optimizers.SGD().apply_gradients([(None, tf.Variable(1.0))]), ValueError),
    "apply shape": (lambda: K.optimizers.SGD().apply_gradients([(tf.ones((3,)), tf.Variable([1.0, 2.0]))]), Invalid),
    "apply dtype": (
        lambda: K.optimizers.SGD().apply_gradients([(tf.ones((2,), "int32"), tf.Variable([1.0, 2.0]))]),
        Invalid,
    ),
    "apply twice with others": (
        lambda: (
            (o := K.optimizers.Adam()).apply_gradients([(tf.ones(()), tf.Variable(1.0))]) is None
            or o.apply_gradients([(tf.ones(()), tf.Variable(1.0))])
        ),
        KeyError,
    ),
    "apply not pairs": (lambda: K.optimizers.SGD().apply_gradients([tf.ones(())]), TypeError),
    "minimize without tape": (lambda: K.optimizers.SGD().minimize(tf.ones(()), [tf.Variable(1.0)]), ValueError),
    "minimize value": (lambda: K.optimizers.SGD().minimize(lambda: 3.0, [tf.Variable(1.0)]), AttributeError),
    "loss scale": (lambda: K.mixed_precision.LossScaleOptimizer("sgd"), TypeError),
    "loss scale steps": (lambda: K.mixed_precision.LossScaleOptimizer(K.optimizers.SGD(), dynamic=False), ValueError),
    "optimizer weights": (lambda: K.optimizers.SGD().set_weights([np.ones(3)]), ValueError),
    # Functions.
    "to_categorical": (lambda: K.utils.to_categorical([3], num_classes=2), IndexError),
    "pad_sequences": (lambda: K.utils.pad_sequences([1, 2]), ValueError),
    "pad padding": (lambda: K.utils.pad_sequences([[1, 2]], padding="prre"), ValueError),
    "softmax rank": (lambda: K.activations.softmax(ones(3)), ValueError),
    "Input nothing": (lambda: K.Input(), ValueError),
    "Input shape": (lambda: K.Input((2, "a")), TypeError),
    "Input dtype": (lambda: K.Input((2,), dtype="flot32"), TypeError),
    "Input batch": (lambda: K.Input(batch_shape=(2, 3), shape=(3,)), ValueError),
    "floatx": (lambda: K.backend.set_floatx("float31"), ValueError),
    "image_data_format": (lambda: K.backend.set_image_data_format("first"), ValueError),
}

# Where tf.keras accepts, ignores or stumbles ("pop from an empty set"), and a refusal that explains is better.
STRICTER = {
    "regularizer name": (lambda: L.Dense(3, kernel_regularizer="l3"), ValueError),
    "metric name": (lambda: K.metrics.get("acuracy"), ValueError),
    "compile metric": (
        lambda: (m := model()).compile("sgd", "mse", metrics=["acuracyy"]) or m.fit(X, Y, verbose=0),
        ValueError,
    ),
    "layer name in deserialize": (lambda: L.deserialize({"class_name": "Densse", "config": {}}), ValueError),
    "groups 0": (lambda: L.Conv2D(3, 3, groups=0), ValueError),
    "pool strides": (lambda: L.MaxPooling2D(2, strides=0), ValueError),
    "pool over input": (lambda: L.MaxPooling2D(7)(ones(1, 4, 4, 3)), Invalid),
    "reuse prelu": (lambda: (d := L.PReLU())(ones(2, 3)) is None or d(ones(2, 4)), ValueError),
    "concatenate axis": (lambda: L.Concatenate(axis=3)([ones(2, 3), ones(2, 3)]), IndexError),
    "einsum shape": (lambda: L.EinsumDense("ab,bc->ad", 3)(ones(2, 3)), ValueError),
    "bidirectional layer": (lambda: L.Bidirectional(L.Dense(3)), ValueError),
    "masking input": (lambda: L.Masking()(np.array(["a"])), Invalid),
    "weight of None": (lambda: WithNone()(K.Input((None,))), ValueError),
    "sequential second input": (lambda: K.Sequential([L.Dense(2), K.Input((2,))])(ones(2, 2)), ValueError),
    "fit nothing": (lambda: compiled().fit(), TypeError),
    "fit sample_weight rank": (lambda: compiled().fit(X, Y, sample_weight=np.ones((8, 5)), verbose=0), Invalid),
    "predict nothing": (lambda: compiled().predict(None), TypeError),
    "losses count": (lambda: (m := two()).compile("sgd", ["mse"]) or m.fit([X, X], [Y, Y], verbose=0), ValueError),
    "loss_weights count": (
        lambda: (m := two()).compile("sgd", "mse", loss_weights=[1.0]) or m.fit([X, X], [Y, Y], verbose=0),
        ValueError,
    ),
    "from_config unknown": (
        lambda: K.Sequential.from_config({"layers": [{"class_name": "Nope", "config": {}}], "name": "a"}),
        TypeError,
    ),
    "from_json": (lambda: K.models.model_from_json("{"), ValueError),
    "clone": (lambda: K.models.clone_model(L.Dense(3)), ValueError),
    "optimizer deserialize": (lambda: K.optimizers.deserialize({"class_name": "Adamm", "config": {}}), ValueError),
    "schedule deserialize": (
        lambda: K.optimizers.schedules.deserialize({"class_name": "Expo", "config": {}}),
        ValueError,
    ),
}

_WORDS = ("received", "to do:", "did you mean", "expect", "must", "in layer", "in the constructor call", "allowed")
_WORDS += (
    "use one of",
    "call it on",
    "never been called",
    "no setter",
    "abstract",
    "there are no",
    "only has",
    "subclass",
)
_WORDS += (
    "build it",
    "build the",
    "call `",
    "provide",
    "reason:",
    "make sure",
    "can only be",
    "compatible",
    "supported",
)


@pytest.mark.parametrize("name", [*CASES, *STRICTER])
@pytest.mark.filterwarnings("ignore")
def test_bad_input_is_refused_and_explained(name):
    act, kind = (CASES | STRICTER)[name]
    with pytest.raises(Exception) as caught:
        act()
    assert type(caught.value).__name__ == kind.__name__ or isinstance(caught.value, kind)
    said = str(caught.value)
    assert any(word in said.lower() for word in _WORDS), said
    assert len(said) > 15 and "jax" not in said.lower() and "xla" not in said.lower()
    cause = caught.value.__cause__ or (None if caught.value.__suppress_context__ else caught.value.__context__)
    assert cause is None or not type(cause).__module__.startswith("jax")


@pytest.mark.parametrize("make", [K.losses.MeanSquaredError, K.metrics.MeanSquaredError], ids=["loss", "metric"])
def test_sample_weights_that_do_not_fit_are_named(make):
    with pytest.raises(
        Invalid, match=r"sample_weight.*broadcast to the values \(2,\)[\s\S]*sample_weight float32 \(5,\)"
    ):
        make()(ones(2, 3), ones(2, 3), sample_weight=np.ones(5, "float32"))


def test_a_stateful_layer_names_its_batch_size():
    layer = L.LSTM(3, stateful=True)
    layer(ones(2, 4, 2))
    with pytest.raises(ValueError, match=r"expected shape=\(2, None, 2\), found shape=\(3, 4, 2\)"):
        layer(ones(3, 4, 2))


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: tf.keras.Input((3,), sparse=True, ragged=True), ValueError, "sparse=True or ragged=True"),
        (lambda: tf.keras.layers.RandomZoom((0.1, 0.2, 0.3)), ValueError, "lower, upper"),
        (lambda: tf.keras.layers.Hashing(2)(tf.ones((2, 3))), tf.errors.InvalidArgumentError, "strings or integers"),
        (lambda: tf.keras.initializers.HeNormal()((-1, 2)), tf.errors.InvalidArgumentError, "sizes of 0 or more"),
        (lambda: tf.keras.initializers.Ones()([2, -1]), tf.errors.InvalidArgumentError, "sizes of 0 or more"),
        (lambda: tf.keras.mixed_precision.set_global_policy("foo"), ValueError, "Cannot convert value foo"),
        (lambda: tf.keras.utils.image_dataset_from_directory("/none"), tf.errors.NotFoundError, "Could not find"),
        (lambda: tf.keras.backend.softmax(tf.ones(3)), ValueError, "1D"),
        (
            lambda: tf.keras.backend.conv2d(tf.ones((1, 3, 3, 1)), tf.ones((2, 2, 1, 1)), padding="causal"),
            ValueError,
            "Invalid padding: causal",
        ),
    ],
)
def test_the_kind_of_an_error_is_that_of_keras(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
