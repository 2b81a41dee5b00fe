"""Well-known networks for images: their architectures, and their published weights."""

from addax.core.names import missing_name
from addax.keras.applications import (
    convnext as convnext,
)
from addax.keras.applications import (
    densenet as densenet,
)
from addax.keras.applications import (
    efficientnet as efficientnet,
)
from addax.keras.applications import (
    efficientnet_v2 as efficientnet_v2,
)
from addax.keras.applications import (
    imagenet_utils as imagenet_utils,
)
from addax.keras.applications import (
    inception_resnet_v2 as inception_resnet_v2,
)
from addax.keras.applications import (
    inception_v3 as inception_v3,
)
from addax.keras.applications import (
    mobilenet as mobilenet,
)
from addax.keras.applications import (
    mobilenet_v2 as mobilenet_v2,
)
from addax.keras.applications import (
    mobilenet_v3 as mobilenet_v3,
)
from addax.keras.applications import (
    nasnet as nasnet,
)
from addax.keras.applications import (
    regnet as regnet,
)
from addax.keras.applications import (
    resnet as resnet,
)
from addax.keras.applications import (
    resnet50 as resnet50,
)
from addax.keras.applications import (
    resnet_rs as resnet_rs,
)
from addax.keras.applications import (
    resnet_v2 as resnet_v2,
)
from addax.keras.applications import (
    vgg16 as vgg16,
)
from addax.keras.applications import (
    vgg19 as vgg19,
)
from addax.keras.applications import (
    xception as xception,
)
from addax.keras.applications.convnext import ConvNeXtBase as ConvNeXtBase
from addax.keras.applications.convnext import ConvNeXtLarge as ConvNeXtLarge
from addax.keras.applications.convnext import ConvNeXtSmall as ConvNeXtSmall
from addax.keras.applications.convnext import ConvNeXtTiny as ConvNeXtTiny
from addax.keras.applications.convnext import ConvNeXtXLarge as ConvNeXtXLarge
from addax.keras.applications.densenet import DenseNet121 as DenseNet121
from addax.keras.applications.densenet import DenseNet169 as DenseNet169
from addax.keras.applications.densenet import DenseNet201 as DenseNet201
from addax.keras.applications.efficientnet import EfficientNetB0 as EfficientNetB0
from addax.keras.applications.efficientnet import EfficientNetB1 as EfficientNetB1
from addax.keras.applications.efficientnet import EfficientNetB2 as EfficientNetB2
from addax.keras.applications.efficientnet import EfficientNetB3 as EfficientNetB3
from addax.keras.applications.efficientnet import EfficientNetB4 as EfficientNetB4
from addax.keras.applications.efficientnet import EfficientNetB5 as EfficientNetB5
from addax.keras.applications.efficientnet import EfficientNetB6 as EfficientNetB6
from addax.keras.applications.efficientnet import EfficientNetB7 as EfficientNetB7
from addax.keras.applications.efficientnet_v2 import EfficientNetV2B0 as EfficientNetV2B0
from addax.keras.applications.efficientnet_v2 import EfficientNetV2B1 as EfficientNetV2B1
from addax.keras.applications.efficientnet_v2 import EfficientNetV2B2 as EfficientNetV2B2
from addax.keras.applications.efficientnet_v2 import EfficientNetV2B3 as EfficientNetV2B3
from addax.keras.applications.efficientnet_v2 import EfficientNetV2L as EfficientNetV2L
from addax.keras.applications.efficientnet_v2 import EfficientNetV2M as EfficientNetV2M
from addax.keras.applications.efficientnet_v2 import EfficientNetV2S as EfficientNetV2S
from addax.keras.applications.inception_resnet_v2 import InceptionResNetV2 as InceptionResNetV2
from addax.keras.applications.inception_v3 import InceptionV3 as InceptionV3
from addax.keras.applications.mobilenet import MobileNet as MobileNet
from addax.keras.applications.mobilenet_v2 import MobileNetV2 as MobileNetV2
from addax.keras.applications.mobilenet_v3 import MobileNetV3Large as MobileNetV3Large
from addax.keras.applications.mobilenet_v3 import MobileNetV3Small as MobileNetV3Small
from addax.keras.applications.nasnet import NASNetLarge as NASNetLarge
from addax.keras.applications.nasnet import NASNetMobile as NASNetMobile
from addax.keras.applications.regnet import RegNetX002 as RegNetX002
from addax.keras.applications.regnet import RegNetX004 as RegNetX004
from addax.keras.applications.regnet import RegNetX006 as RegNetX006
from addax.keras.applications.regnet import RegNetX008 as RegNetX008
from addax.keras.applications.regnet import RegNetX016 as RegNetX016
from addax.keras.applications.regnet import RegNetX032 as RegNetX032
from addax.keras.applications.regnet import RegNetX040 as RegNetX040
from addax.keras.applications.regnet import RegNetX064 as RegNetX064
from addax.keras.applications.regnet import RegNetX080 as RegNetX080
from addax.keras.applications.regnet import RegNetX120 as RegNetX120
from addax.keras.applications.regnet import RegNetX160 as RegNetX160
from addax.keras.applications.regnet import RegNetX320 as RegNetX320
from addax.keras.applications.regnet import RegNetY002 as RegNetY002
from addax.keras.applications.regnet import RegNetY004 as RegNetY004
from addax.keras.applications.regnet import RegNetY006 as RegNetY006
from addax.keras.applications.regnet import RegNetY008 as RegNetY008
from addax.keras.applications.regnet import RegNetY016 as RegNetY016
from addax.keras.applications.regnet import RegNetY032 as RegNetY032
from addax.keras.applications.regnet import RegNetY040 as RegNetY040
from addax.keras.applications.regnet import RegNetY064 as RegNetY064
from addax.keras.applications.regnet import RegNetY080 as RegNetY080
from addax.keras.applications.regnet import RegNetY120 as RegNetY120
from addax.keras.applications.regnet import RegNetY160 as RegNetY160
from addax.keras.applications.regnet import RegNetY320 as RegNetY320
from addax.keras.applications.resnet import ResNet50 as ResNet50
from addax.keras.applications.resnet import ResNet101 as ResNet101
from addax.keras.applications.resnet import ResNet152 as ResNet152
from addax.keras.applications.resnet_rs import ResNetRS50 as ResNetRS50
from addax.keras.applications.resnet_rs import ResNetRS101 as ResNetRS101
from addax.keras.applications.resnet_rs import ResNetRS152 as ResNetRS152
from addax.keras.applications.resnet_rs import ResNetRS200 as ResNetRS200
from addax.keras.applications.resnet_rs import ResNetRS270 as ResNetRS270
from addax.keras.applications.resnet_rs import ResNetRS350 as ResNetRS350
from addax.keras.applications.resnet_rs import ResNetRS420 as ResNetRS420
from addax.keras.applications.resnet_v2 import ResNet50V2 as ResNet50V2
from addax.keras.applications.resnet_v2 import ResNet101V2 as ResNet101V2
from addax.keras.applications.resnet_v2 import ResNet152V2 as ResNet152V2
from addax.keras.applications.vgg16 import VGG16 as VGG16
from addax.keras.applications.vgg19 import VGG19 as VGG19
from addax.keras.applications.xception import Xception as Xception

__getattr__ = missing_name(__name__, globals())
