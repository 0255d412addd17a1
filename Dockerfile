# One image for every component; docker-compose.yml says which of them a container runs.
ARG BASE=python:3.13-slim
FROM ${BASE}

# Set to 1 where no package index can be reached: docker/wheels must then hold everything.
ARG PIP_NO_INDEX=
ARG PIP_FIND_LINKS=/src/docker/wheels

COPY . /src
RUN python3 -m venv /opt/wherry \
 && /opt/wherry/bin/pip install --no-cache-dir --disable-pip-version-check /src \
 && rm -rf /src \
 && mkdir /data

COPY docker/healthy.py /opt/wherry/healthy.py
ENV PATH=/opt/wherry/bin:$PATH PYTHONUNBUFFERED=1
ENTRYPOINT ["wherry"]
