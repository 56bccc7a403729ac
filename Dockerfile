# docker build -t planish . && docker run --rm --shm-size=1g -v "$PWD:$PWD" -w "$PWD" planish run cases/bimetal_strip
FROM debian:trixie-slim

WORKDIR /opt/planish
COPY debian-packages.txt pyproject.toml ./
COPY tools/environment.sh tools/

RUN here=. && . tools/environment.sh \
 && apt-get update \
 && apt-get install -y --no-install-recommends $(debian_packages run) \
 && rm -rf /var/lib/apt/lists/*

RUN here=. && . tools/environment.sh \
 && python3 -m venv --system-site-packages /opt/python \
 && /opt/python/bin/pip install --no-cache-dir $(pypi_requirements)

COPY . .
RUN ln -s /opt/planish/planish /usr/local/bin/planish && mkdir -m 1777 /var/cache/planish

# Any user may run the image, with or without a home.
ENV PATH=/opt/python/bin:$PATH LC_ALL=C.UTF-8 XDG_CACHE_HOME=/var/cache/planish
ENTRYPOINT ["planish"]
